import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Where a message of each protocol begins, and whether it is a statement: each one is a round trip. */
const PROTOCOLS = {
  /** The first message of a connection has no type. Then: type (1), length (4, with itself). Q is a simple query, E executes a prepared one. */
  postgres(buffer, isFirst) {
    const head = isFirst ? 0 : 1
    if (buffer.length < head + 4) return undefined
    const isStatement = !isFirst && (buffer[0] === 0x51 || buffer[0] === 0x45)
    return { length: head + buffer.readUInt32BE(head), isStatement }
  },
  /** Length (3), number (1), command (1): 3 is a query of any number of statements, 0x17 executes a prepared one. */
  mysql(buffer) {
    if (buffer.length < 5) return undefined
    const isStatement = buffer[3] === 0 && (buffer[4] === 0x03 || buffer[4] === 0x17)
    return { length: 4 + buffer.readUIntLE(0, 3), isStatement }
  },
}

/** A line to the database that counts the statements which pass through it. */
export async function startCountingProxy(engine, { hostname, port }) {
  const counter = { statements: 0 }
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    const count = createParser(PROTOCOLS[engine], counter)
    near.on('data', count).pipe(far).pipe(near)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ])
      one.on('error', () => other.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: server.address().port, statements: () => counter.statements, stop: () => server.close() }
}

function createParser(protocol, counter) {
  let buffered = Buffer.alloc(0)
  let isFirst = true
  return (bytes) => {
    buffered = Buffer.concat([buffered, bytes])
    for (let message = protocol(buffered, isFirst); message?.length <= buffered.length; message = protocol(buffered, isFirst)) {
      if (message.isStatement) counter.statements += 1
      isFirst = false
      buffered = buffered.subarray(message.length)
    }
  }
}
