import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'

/** What a server that has not the right certificate asks for. */
export interface Deception {
  readonly version: string
  /** Of the greeting. */
  readonly plugin: string
  /** What it asks for instead, when it has been answered. */
  readonly instead?: string
  /** Without TLS. */
  readonly isPlain?: boolean
}

export interface DeceivingServer {
  readonly port: number
  /** Everything that it has been told, decrypted. */
  readonly heard: () => string
  close(): void
}

const pem = (name: string): Buffer => readFileSync(fileURLToPath(new URL(`../../flows/tls/${name}`, import.meta.url)))
const SSL_REQUEST_BYTES = 36
const FULL_AUTHENTICATION = Buffer.from([1, 4])

/** Speaks as much of MySQL's protocol as it takes to be told a password. */
export async function startDeceivingServer({ version, plugin, instead, isPlain }: Deception): Promise<DeceivingServer> {
  const heard: Buffer[] = []
  const listen = (socket: Socket): void => {
    const answers = instead === undefined ? [] : [Buffer.from(`\xfe${instead}\0abcdefghijklmnopqrst\0`, 'latin1'), FULL_AUTHENTICATION]
    socket.on('error', () => undefined)
    socket.on('data', (message) => {
      heard.push(message)
      const answer = answers.shift()
      if (answer !== undefined) socket.write(packet(answer, (message[3] ?? 0) + 1))
    })
  }
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined)
    socket.write(packet(greeting(version, plugin), 0))
    if (isPlain) {
      listen(socket)
      return
    }
    socket.once('readable', () => {
      socket.read(SSL_REQUEST_BYTES)
      listen(new TLSSocket(socket, { isServer: true, key: pem('key.pem'), cert: pem('certificate.pem') }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    heard: () => Buffer.concat(heard).toString('latin1'),
    close: () => void server.close(),
  }
}

/** Protocol 10, with every capability that an older server has, TLS among them. */
function greeting(version: string, plugin: string): Buffer {
  const [begin, middle] = [`\x0a${version}\0\x01\0\0\0abcdefgh\0`, '\xff\xff\x21\x02\0\xff\x81\x15']
  return Buffer.from(`${begin}${middle}${'\0'.repeat(10)}ijklmnopqrst\0${plugin}\0`, 'latin1')
}

function packet(body: Buffer, sequence: number): Buffer {
  const head = Buffer.alloc(4)
  head.writeUIntLE(body.length, 0, 3)
  head[3] = sequence
  return Buffer.concat([head, body])
}
