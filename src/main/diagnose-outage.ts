import type { StoreUnavailable } from '../errors/operational-errors.js'

export interface Diagnosis {
  readonly message: string
  readonly remedy: string
}

interface Rule extends Diagnosis {
  /** SQLSTATEs of PostgreSQL, error numbers of MySQL, codes of Node, and Prisma's words. */
  readonly codes: readonly string[]
}

const RULES: readonly Rule[] = [
  {
    codes: ['28P01', '28000', '1045', '1698', 'AuthenticationFailed', 'P1000', 'WRONGPASS', 'NOAUTH'],
    message: 'refuses the user or the password',
    remedy: 'correct username and password in [database.identity_db]',
  },
  {
    codes: ['3D000', '1049', 'DatabaseDoesNotExist', 'P1003'],
    message: 'is not there: the server has no database of that name',
    remedy: 'create it, or correct name in [database.identity_db]',
  },
  {
    codes: ['53300', '1040', '1203', '1226', 'TooManyConnections', 'P2037'],
    message: 'takes no more connections',
    remedy: 'lower maxActive in [database.identity_db.pool_options], or let the server take more (max_connections)',
  },
  {
    codes: ['25006', '1290', '1792', '1836', 'SQLITE_READONLY'],
    message: 'is read-only',
    remedy: 'name the primary in [database.identity_db], not a replica, and end its read-only mode',
  },
  {
    codes: ['42501', '1044', '1142', 'DatabaseAccessDenied', 'P1010', 'EACCES', 'SQLITE_PERM', 'SQLITE_CANTOPEN'],
    message: 'does not let this user do what is needed',
    remedy: 'grant the user every right on its own database, or the process its own file',
  },
  {
    codes: ['57P03', '57P01', '57P02', '1053'],
    message: 'is starting or stopping',
    remedy: 'try again in a moment',
  },
  {
    codes: ['42P01', '1146', 'TableDoesNotExist', 'P2021'],
    message: 'lacks a table',
    remedy: 'run "jeton migrate"',
  },
  {
    codes: ['53100', '1114', '1021', 'SQLITE_FULL', 'ENOSPC'],
    message: 'has no room left on its disk',
    remedy: 'make room',
  },
  {
    codes: [
      ...['TlsConnectionError', 'P1011', 'HANDSHAKE_NO_SSL_SUPPORT', 'HANDSHAKE_SSL_ERROR', 'ERR_SSL_WRONG_VERSION_NUMBER'],
      ...['ER_SERVER_SSL_DISABLED', 'ER_SELF_SIGNED', 'ER_SELF_SIGNED_NO_PWD', 'ER_SELF_SIGNED_BAD_PLUGIN', 'ER_TLS_IDENTITY_ERROR', '3159', '4031'],
      ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
      ...['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ER_CANNOT_RETRIEVE_RSA_KEY'],
    ],
    message: 'and this process do not agree about TLS',
    remedy: 'correct ssl_mode and ssl_ca_file in [database.identity_db], or the parameters of its url',
  },
  {
    codes: ['ENOTFOUND', 'EAI_AGAIN'],
    message: 'has a host name that cannot be resolved',
    remedy: 'correct hostname in [database.identity_db]',
  },
  {
    codes: [
      'ECONNREFUSED',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ETIMEDOUT',
      'ECONNRESET',
      'DatabaseNotReachable',
      'ConnectionClosed',
      'P1001',
      'P1002',
      'P1017',
    ],
    message: 'cannot be reached',
    remedy: 'start the server, and see that hostname and port in [database.identity_db] lead to it',
  },
]

const UNKNOWN: Diagnosis = { message: 'does not answer', remedy: 'see that it runs, and that its log says nothing of errors' }
const TOO_OLD = /^(?:PostgreSQL|MySQL|MariaDB) \S+ is too old: /
const DEEPEST = 8

/** Why a store is away, as far as its codes tell, and what to do about it. Never repeats a message of the driver's: it may hold what is secret. */
export function diagnoseOutage(outage: StoreUnavailable): Diagnosis {
  const tooOld = tooOldIn(outage.cause)
  if (tooOld !== undefined) return { message: `cannot be used: ${tooOld}`, remedy: 'upgrade it' }
  const codes = codesIn(outage.cause, DEEPEST)
  const { message, remedy } = RULES.find((rule) => rule.codes.some((code) => codes.has(code))) ?? UNKNOWN
  return { message, remedy }
}

/** In one sentence: what is wrong, what to do, where to learn more. */
export function describeOutage(outage: StoreUnavailable): string {
  if (outage.cause === undefined) return outage.message
  const { message, remedy } = diagnoseOutage(outage)
  return `the ${outage.store} ${message}: ${remedy} ("jeton doctor" checks it)`
}

/** What the adapter says of a server's version is its own sentence. */
function tooOldIn(cause: unknown): string | undefined {
  return cause instanceof Error && TOO_OLD.test(cause.message) ? cause.message : undefined
}

/** Drivers, adapters and Prisma wrap each other's errors in several ways. */
function codesIn(error: unknown, depth: number): ReadonlySet<string> {
  if (typeof error !== 'object' || error === null || depth === 0) return new Set()
  const fields = error as Readonly<Record<string, unknown>>
  const own = [fields.code, fields.originalCode, fields.errno, fields.kind, fields.sqlState].filter(isCode).map(String)
  const inner = [fields.cause, fields.meta, fields.driverAdapterError, ...(Array.isArray(fields.errors) ? fields.errors : [])]
  return new Set([...own, ...inner.flatMap((one) => [...codesIn(one, depth - 1)])])
}

const isCode = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number'
