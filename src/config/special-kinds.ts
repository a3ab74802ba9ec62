import { isLoopback } from '../model/loopback.js'
import { createKind, type Kind } from './kind.js'

const KEY_BYTES = 32
const HEX_KEY = /^[0-9A-Fa-f]{64}$/
const BASE64_KEY = /^[A-Za-z0-9+/]{43}=?$/

/** One key or a list of them; the first seals, all open. */
export const encryptionKeys: Kind<readonly Buffer[]> = createKind(
  'a key of 32 bytes as 64 hex digits or in base64, or a list of such keys of which the first seals',
  (value) => {
    const keys = (Array.isArray(value) ? value : [value]).map(encryptionKey)
    const found = keys.filter((key) => key !== undefined)
    return found.length === keys.length && found.length > 0 ? found : undefined
  },
)

function encryptionKey(value: unknown): Buffer | undefined {
  if (typeof value !== 'string') return undefined
  if (HEX_KEY.test(value)) return Buffer.from(value, 'hex')
  const key = BASE64_KEY.test(value) ? Buffer.from(value, 'base64') : undefined
  return key?.length === KEY_BYTES ? key : undefined
}

/** RFC 8414 §2: a URL without query or fragment; plain http only on the machine itself. */
export const issuerUrl: Kind<string> = createKind('an absolute https URL without query, fragment or user (http only for a loopback host)', (value) =>
  typeof value === 'string' && isIssuer(value) ? value : undefined,
)

function isIssuer(value: string): boolean {
  if (!/^https?:\/\/[^\s?#@\\]+$/.test(value) || !URL.canParse(value)) return false
  const url = new URL(value)
  return url.protocol === 'https:' || isLoopback(url.hostname)
}

/** Of other servers, which may be any text (RFC 7519 §4.1.1). */
export const issuerNames: Kind<readonly string[]> = createKind('a list of issuers, each a text that is not empty', (value) =>
  Array.isArray(value) && value.every((one): one is string => typeof one === 'string' && one !== '') ? value : undefined,
)

/** `aud` where a client has no audiences: two words stand for what differs from request to request. */
export const defaultAudience: Kind<'issuer' | 'client_id' | readonly string[]> = createKind(
  '"issuer", "client_id", an audience, or a list of audiences that is not empty',
  (value) => {
    if (value === 'issuer' || value === 'client_id') return value
    const audiences: readonly unknown[] = Array.isArray(value) ? value : [value]
    const found = audiences.filter((audience): audience is string => typeof audience === 'string' && audience !== '')
    return found.length === audiences.length && found.length > 0 ? found : undefined
  },
)

const BUILT_IN_ISSUERS: readonly unknown[] = ['jwt', 'org.wso2.is.key.manager.tokenpersistence.issuer.ExtendedJWTTokenIssuer']

/** The token issuer of a token type: the built-in one by either of its names, or a module of the operator's own by its path. */
export const tokenIssuer: Kind<'built-in' | { readonly module: string }> = createKind(
  `${BUILT_IN_ISSUERS.map((name) => `"${name}"`).join(' or ')}, or the path of a module of your own`,
  (value) => {
    if (BUILT_IN_ISSUERS.includes(value)) return 'built-in'
    return typeof value === 'string' && (/[/\\]/.test(value) || /\.[cm]?[jt]s$/.test(value)) ? { module: value } : undefined
  },
)

/** Credentials go there: plain http only on the machine itself. */
export const notifyUrl: Kind<string> = createKind('an absolute https URL without query, fragment or user (http only for a loopback host)', (value) =>
  typeof value === 'string' && isIssuer(value) ? value : undefined,
)
