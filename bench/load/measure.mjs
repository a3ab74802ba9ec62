import { cpuMicros } from './cpu-time.mjs'

/** One round of load on one server. @throws when an answer was not 200: what is refused quickly is not measured. */
export async function measureRound(server, load, job) {
  const before = cpuMicros(server.pid)
  const result = await load.run({ ...job, port: server.port, request: server.request })
  const after = cpuMicros(server.pid)
  refuseOthers(server.name, result.statuses)
  return {
    requests: result.requests,
    requestsPerSecond: result.requests / (result.elapsedMs / 1000),
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMicrosPerRequest: before === undefined ? undefined : (after - before) / result.requests,
  }
}

/** @throws when `statuses` holds another answer than 200. */
export function refuseOthers(name, statuses) {
  const refused = Object.entries(statuses).filter(([status]) => status !== '200')
  if (refused.length > 0) throw new Error(`${name} answered ${refused.map(([status, times]) => `${status} ${times} times`).join(', ')}`)
}

/** The bytes of one token request, the same each time. */
export function tokenRequest({ port, tokenPath, body }, authorization) {
  return [
    `POST ${tokenPath} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: ${authorization}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}
