import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Status line and header fields. */
  readonly head: string
  readonly body: string
  /** Whether the server closed the connection. */
  readonly closed: boolean
}

export interface RawRequest {
  readonly port: number
  /** Sent as they are, one after the other. */
  readonly parts: readonly (string | Uint8Array)[]
  /** Resolve as soon as the head of the answer has come, and hang up. Absent: when the server closes the connection. */
  readonly headOnly?: boolean
}

/** Sends bytes that no client library would send. */
export function sendRaw({ port, parts, headOnly = false }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => {
      for (const part of parts) socket.write(part)
    })
    const answer = (closed: boolean): RawAnswer => parseAnswer(Buffer.concat(chunks).toString('latin1'), closed)
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      if (!headOnly || !Buffer.concat(chunks).includes('\r\n\r\n')) return
      socket.destroy()
      resolve(answer(false))
    })
    // A server that refuses a body that is still being sent may reset the connection after its answer.
    socket.on('error', (error) => (chunks.length > 0 ? resolve(answer(true)) : reject(error)))
    socket.on('close', () => resolve(answer(true)))
  })
}

function parseAnswer(text: string, closed: boolean): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const head = end < 0 ? text : text.slice(0, end)
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0), head, body: end < 0 ? '' : text.slice(end + 4), closed }
}
