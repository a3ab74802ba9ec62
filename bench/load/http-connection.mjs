import { connect } from 'node:net'

/** One keep-alive connection with one request under way at a time. Raw, since an HTTP client would cost more than the server it measures. */
export function openConnection(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let buffered = ''
  let waiting
  const settle = (error, response) => {
    const settled = waiting
    waiting = undefined
    if (error === undefined) settled?.resolve(response)
    else settled?.reject(error)
  }
  socket.setEncoding('latin1')
  socket.on('data', (text) => {
    buffered += text
    const taken = takeResponse(buffered)
    if (taken === undefined) return
    buffered = buffered.slice(taken.length)
    settle(undefined, taken)
  })
  socket.on('error', (error) => settle(error))
  socket.on('close', () => settle(new Error('the server closed a connection under way')))
  return {
    /** @returns its status and its body; rejects when the connection breaks. */
    exchange: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        if (socket.destroyed) settle(new Error('the connection is closed'))
        else socket.write(request)
      }),
    isOpen: () => socket.readyState === 'open' || socket.connecting,
    end: () => socket.end(),
  }
}

/** One whole response at the front of what has come; undefined when it is not all there. */
function takeResponse(buffered) {
  const end = buffered.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const contentLength = /\r\ncontent-length: *(\d+)/i.exec(buffered.slice(0, end))?.[1]
  if (contentLength === undefined) throw new Error('a response without Content-Length')
  const length = end + 4 + Number(contentLength)
  if (buffered.length < length) return undefined
  return { status: Number(buffered.slice(9, 12)), body: buffered.slice(end + 4, length), length }
}

/** The bytes of one POST of a form. */
export function formRequest({ port, path, authorization, body }) {
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${authorization}\r\n`
  return `${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
