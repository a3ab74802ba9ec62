import type { AdditionalClaims } from './extended-jwt-token-issuer.js'

/** Claims that mean something to Jeton or to WSO2's gateways. `nbf` is in no token: with clocks a little apart it only refuses what is good. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'azp', 'scope', 'aut', 'grant_id', 'grant_iat', 'entity_id'],
  ...['rt_scope', 'rt_aud', 'token_type', 'gen'],
  ...['is_federated', 'is_refresh', 'is_consented', 'tenant_domain'],
])

/** As JSON. The token goes with every request to an API, and proxies take some 8 KiB of headers. */
const MOST_BYTES = 4096

/**
 * A copy of the claims as they will stand in the token.
 * @throws TypeError for what JSON cannot say. @throws RangeError for a claim of Jeton's own, and for more than 4096 bytes.
 */
export function copyAdditionalClaims(claims: unknown): AdditionalClaims {
  if (!isObject(claims)) throw new TypeError('the claims are no object')
  const text = JSON.stringify(claims, refuseWhatIsNoJson)
  const copy: unknown = JSON.parse(text)
  if (!isObject(copy)) throw new TypeError('the claims are no object')
  const reserved = Object.keys(copy).filter((name) => RESERVED.has(name))
  if (reserved.length > 0) throw new RangeError(`the claims hold ${reserved.join(', ')}: reserved`)
  if (Buffer.byteLength(text) > MOST_BYTES) throw new RangeError(`the claims are longer than ${MOST_BYTES} bytes as JSON`)
  return copy
}

/** JSON would leave out a function, make null of NaN and an empty object of a Map, without a word. */
function refuseWhatIsNoJson(name: string, value: unknown): unknown {
  const isPlain = typeof value !== 'object' || value === null || Array.isArray(value) || isObject(value)
  const isKnown = typeof value !== 'function' && typeof value !== 'symbol' && (typeof value !== 'number' || Number.isFinite(value))
  if (isPlain && isKnown) return value
  throw new TypeError(`the claim or its member "${name}" is nothing that JSON can say`)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]'
}
