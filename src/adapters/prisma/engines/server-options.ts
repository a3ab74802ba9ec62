import { isIP } from 'node:net'

/** A database server, and how long it may take. Times in milliseconds. */
export type ServerOptions = ServerAddress & {
  readonly engine: 'postgresql' | 'mysql'
  /** Connections at most. */
  readonly poolSize?: number
  /** To get a connection: a new one, or one that another statement gives back. */
  readonly connectTimeoutMs?: number
  /** For one statement, of which no more than this is spent on waiting for a lock. */
  readonly statementTimeoutMs?: number
  /** undefined: as the URL says, else none. */
  readonly tls?: DatabaseTls | undefined
  /** Of MySQL: whether it may be asked, unencrypted, for the key that hides the password. On loopback it always may. */
  readonly allowPublicKeyRetrieval?: boolean
  /** Told of every statement at the driver, as it is sent. */
  readonly onStatement?: (sql: string) => void
}

/** Where the database is. */
export type ServerAddress =
  /** As the engine's own tools take it; for MySQL without parameters behind it. */
  | { readonly url: string }
  | {
      readonly host: string
      readonly port: number
      readonly name: string
      readonly username: string
      /** An empty one is a password. */
      readonly password: string
      /** Of a PostgreSQL URL, as `sslmode`. */
      readonly parameters?: Readonly<Record<string, string>>
    }

/** How the way to the server is protected. */
export interface DatabaseTls {
  /** Encrypted whoever answers; only with a certificate that is signed by one of `ca`; only with one that names the host too. */
  readonly mode: 'require' | 'verify-ca' | 'verify-full'
  /** PEM. undefined: whom Node.js trusts. */
  readonly ca: string | undefined
}

/** What drivers hand on to Node's own TLS. */
export interface TlsOptions {
  readonly host: string
  readonly servername?: string
  readonly ca?: string
  readonly rejectUnauthorized?: boolean
  readonly checkServerIdentity?: () => undefined
}

export function tlsOptionsOf({ mode, ca }: DatabaseTls, host: string): TlsOptions {
  const options = { host, ...(isIP(host) === 0 && { servername: host }), ...(ca !== undefined && { ca }) }
  switch (mode) {
    case 'require':
      return { ...options, rejectUnauthorized: false }
    case 'verify-ca':
      return { ...options, checkServerIdentity: () => undefined }
    case 'verify-full':
      return options
  }
}

export type ServerLimits = Required<Pick<ServerOptions, 'poolSize' | 'connectTimeoutMs' | 'statementTimeoutMs'>>

const DEFAULTS: ServerLimits = { poolSize: 10, connectTimeoutMs: 2_000, statementTimeoutMs: 3_000 }

/** How much longer the client waits than the server is told to work: then it does not answer, and its connection is given up. */
export const ANSWER_MARGIN_MS = 500

export function limitsOf({ poolSize, connectTimeoutMs, statementTimeoutMs }: ServerOptions): ServerLimits {
  return {
    poolSize: poolSize ?? DEFAULTS.poolSize,
    connectTimeoutMs: connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
    statementTimeoutMs: statementTimeoutMs ?? DEFAULTS.statementTimeoutMs,
  }
}

/** A transaction has the time of two statements: it is either quick, or it waits for another one. */
export function transactionLimitsOf({ connectTimeoutMs, statementTimeoutMs }: ServerLimits): { readonly maxWait: number; readonly timeout: number } {
  return { maxWait: connectTimeoutMs + ANSWER_MARGIN_MS, timeout: 2 * statementTimeoutMs }
}
