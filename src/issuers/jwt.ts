import type { SigningKey } from '../keys/key-ring.js'

/** The explicit types of RFC 9068 §2.1 and, for refresh tokens, WSO2's. */
export type TokenMediaType = 'at+jwt' | 'rt+jwt'

/** A signed JWT in compact serialization (RFC 7515 §7.1). `claims` go out in the order they are given. */
export function formatJwt(type: TokenMediaType, claims: Readonly<Record<string, unknown>>, key: SigningKey): string {
  const input = `${key.header(type)}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${input}.${key.sign(input)}`
}

/** `aud` of RFC 7519 §4.1.3: a single audience stands alone. */
export function formatAudience(audience: readonly string[]): string | readonly string[] {
  return audience.length === 1 ? (audience[0] as string) : audience
}
