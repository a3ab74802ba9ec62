import { once } from 'node:events'
import { connect } from 'node:net'

const AT_ONCE = 100
const ID = /"id":"([0-9a-f-]{36})"/g

/**
 * Opens `count` streams of changes. `onEntry(id)` is called for each entry on each of the first `read` of them; what the others
 * bring is only counted, since reading all of it would cost more than the server that is measured.
 */
export async function openStreams({ port, token, position, count, read }, onEntry) {
  const streams = { bytes: 0, closed: 0, sockets: [], end: () => end(streams) }
  const head = `GET /revocations/changes?since=${position} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`
  while (streams.sockets.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - streams.sockets.length) }, () => connect({ port, host: '127.0.0.1' }))
    await Promise.all(some.map((socket) => begin(socket, head)))
    for (const socket of some) follow(socket, streams, streams.sockets.push(socket) <= read ? onEntry : undefined)
  }
  return streams
}

async function begin(socket, head) {
  socket.write(head)
  const [first] = await once(socket, 'data')
  const status = first.toString('latin1', 9, 12)
  if (status !== '200') throw new Error(`the feed answered ${status}`)
}

function follow(socket, streams, onEntry) {
  let rest = ''
  socket.on('error', () => undefined)
  socket.on('close', () => {
    streams.closed += 1
  })
  socket.on('data', (bytes) => {
    streams.bytes += bytes.length
    if (onEntry === undefined) return
    const text = rest + bytes.toString('latin1')
    const whole = text.lastIndexOf('\n\n') + 2
    rest = text.slice(whole)
    for (const [, id] of text.slice(0, whole).matchAll(ID)) onEntry(id)
  })
}

function end({ sockets }) {
  for (const socket of sockets) socket.removeAllListeners('close').destroy()
}
