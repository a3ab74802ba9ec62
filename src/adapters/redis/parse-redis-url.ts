import { CommandRefused } from '../../errors/operational-errors.js'
import type { RedisAddress } from './redis-settings.js'

export interface RedisTarget extends RedisAddress {
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
  readonly isTls: boolean
}

const DEFAULT_PORT = 6379

/** Reads `redis[s]://[user[:password]@]host[:port][/database]`. @throws CommandRefused `invalid_redis_url`, without the URL: it may hold a password. */
export function parseRedisUrl(url: string): RedisTarget {
  const { protocol, hostname, port, pathname, search, hash, username, password } = URL.canParse(url) ? new URL(url) : NO_URL
  const isRedis = protocol === 'redis:' || protocol === 'rediss:'
  if (!isRedis || hostname === '' || !/^(?:\/\d{0,5})?$/.test(pathname) || search !== '' || hash !== '') throw invalid()
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? DEFAULT_PORT : Number(port),
    username: decoded(username),
    password: decoded(password),
    database: Number(pathname.slice(1)),
    isTls: protocol === 'rediss:',
  }
}

const NO_URL = { protocol: '', hostname: '', port: '', pathname: '', search: '', hash: '', username: '', password: '' }

function decoded(part: string): string | undefined {
  if (part === '') return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid()
  }
}

const invalid = (): CommandRefused =>
  new CommandRefused('invalid_redis_url', '[redis] url is not of the form redis://[user:password@]host:port[/database] (rediss:// for TLS)')
