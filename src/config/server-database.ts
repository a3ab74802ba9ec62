import type { ServerDatabaseSettings } from './settings.js'

type ServerType = ServerDatabaseSettings['type']

/** What a URL of a database server says; undefined parts are not in it. */
export interface DatabaseUrl {
  readonly hostname: string
  readonly port: number | undefined
  readonly name: string
  readonly username: string | undefined
  /** The empty string where the URL has a colon and nothing behind it. */
  readonly password: string | undefined
  /** What stands behind the question mark. */
  readonly parameters: Readonly<Record<string, string>>
}

export const DEFAULT_PORTS: Readonly<Record<ServerType, number>> = { postgre: 5432, mysql: 3306 }

const SCHEMES: Readonly<Record<ServerType, readonly string[]>> = { postgre: ['postgresql:', 'postgres:'], mysql: ['mysql:', 'mariadb:'] }

/** What is wrong with the URL of a database of this type, completing "expected"; undefined when nothing is. Never repeats any of it. */
export function refuseDatabaseUrl(url: string, type: ServerType): string | undefined {
  const [scheme] = SCHEMES[type]
  const form = `${scheme}//HOST:PORT/NAME with type = "${type}"`
  if (url.startsWith('jdbc:')) return `${form}, without "jdbc:" before it`
  if (!URL.canParse(url) || !SCHEMES[type].includes(new URL(url).protocol)) return form
  const parsed = parseDatabaseUrl(url)
  if (parsed === undefined) return form
  // Only the one driver reads them.
  return type === 'mysql' && Object.keys(parsed.parameters).length > 0 ? `${form}, without parameters behind it` : undefined
}

/** @returns undefined for what names no host or no database. */
export function parseDatabaseUrl(text: string): DatabaseUrl | undefined {
  const url = new URL(text)
  const [name, username, password] = [url.pathname.slice(1), url.username, url.password].map(decode)
  if (url.hostname === '' || !name || name.includes('/') || username === undefined || password === undefined) return undefined
  const hasPassword = password !== '' || /^[^/?#]*\/\/[^/?#@]*:@/.test(text)
  return {
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : Number(url.port),
    name,
    username: username === '' ? undefined : username,
    password: hasPassword ? password : undefined,
    parameters: Object.fromEntries(url.searchParams),
  }
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
