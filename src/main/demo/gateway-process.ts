import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { createTokenVerifier, type TokenVerifier } from '../../gateway/index.js'

type VerifierOptions = Parameters<typeof createTokenVerifier>[0]

const WATCH_MS = 10_000
const READY_POLL_MS = 20

/**
 * An API gateway that knows nothing of Jeton but its address: `GET /orders` is open to good tokens, and `GET /refusal`
 * answers when the presented token is refused, with the moment. It is told what it needs on its standard input.
 */
async function main(): Promise<void> {
  const verifier = await createTokenVerifier(JSON.parse(await readInput()) as VerifierOptions)
  while (verifier.staleness().state === 'loading') await sleep(READY_POLL_MS)
  const server = createServer((request, response) => void answer(verifier, request, response))
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`))
  process.once('SIGTERM', () => {
    server.close()
    server.closeAllConnections()
    void verifier.close()
  })
}

async function answer(verifier: TokenVerifier, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) return send(response, 401, { error: 'no_token' })
  if (request.url === '/refusal') return send(response, 200, { refused_at: await watch(verifier, token) })
  const verdict = await verifier.verify(token)
  if (verdict.accepted) return send(response, 200, { subject: verdict.claims.subject })
  return saysNothing(verdict.reason) ? send(response, 503, { error: verdict.reason }) : send(response, 401, { error: 'invalid_token' })
}

const saysNothing = (reason: string): boolean => reason === 'not_ready' || reason === 'stale'

/** Tries the token again and again. @returns when it was refused, in milliseconds since 1970; null when it was not. */
async function watch(verifier: TokenVerifier, token: string): Promise<number | null> {
  const end = performance.now() + WATCH_MS
  while (performance.now() < end) {
    const verdict = await verifier.verify(token)
    if (!verdict.accepted && !saysNothing(verdict.reason)) return performance.timeOrigin + performance.now()
    await nextTurn()
  }
  return null
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function readInput(): Promise<string> {
  let text = ''
  for await (const piece of process.stdin.setEncoding('utf8')) text += piece
  return text
}

await main()
