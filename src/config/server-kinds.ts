import { createKind, type Kind } from './kind.js'

export interface HostWithPort {
  readonly host: string
  readonly port: number
}

const HOST_WITH_PORT = /^(?<host>[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\]):(?<port>\d{1,5})$/
const HIGHEST_PORT = 65_535

/** Which processes serve. */
export const workers: Kind<number | 'auto'> = createKind('a whole number from 1 to 1024, or "auto"', (value) => {
  if (value === 'auto') return value
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= 1024 ? value : undefined
})

/** One `host:port` or a list of them. */
export const hostsWithPorts: Kind<readonly HostWithPort[]> = createKind('"HOST:PORT", or a list of such texts that is not empty', (value) => {
  const hosts = (Array.isArray(value) ? value : [value]).map(hostWithPort)
  const found = hosts.filter((host) => host !== undefined)
  return found.length === hosts.length && found.length > 0 ? found : undefined
})

function hostWithPort(value: unknown): HostWithPort | undefined {
  const { host, port } = (typeof value === 'string' ? HOST_WITH_PORT.exec(value)?.groups : undefined) ?? {}
  if (host === undefined || Number(port) < 1 || Number(port) > HIGHEST_PORT) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

export const redisUrl: Kind<string> = createKind('a URL redis://HOST:PORT or rediss://HOST:PORT, with the number of a database or none', (value) =>
  typeof value === 'string' && isRedisUrl(value) ? value : undefined,
)

function isRedisUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, hostname, pathname, search, hash } = new URL(value)
  return ['redis:', 'rediss:'].includes(protocol) && hostname !== '' && /^(?:\/\d{0,5})?$/.test(pathname) && search === '' && hash === ''
}

/** Braces would change where a Redis Cluster keeps a key. */
export const keyPrefix: Kind<string> = createKind('1 to 64 letters, digits, dots, colons, hyphens or underscores', (value) =>
  typeof value === 'string' && /^[A-Za-z0-9._:-]{1,64}$/.test(value) ? value : undefined,
)
