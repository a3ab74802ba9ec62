const LONGEST_TOKEN = 16 * 1024
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Whether a text has the form of a compact JWS (RFC 7515 §7.1) of sensible size whose signature has its one spelling: libraries take
 * white space in it, and the last digit of base64url may carry bits that decode to nothing (RFC 4648 §3.5).
 */
export function isCompactJws(token: string): boolean {
  return token.length <= LONGEST_TOKEN && COMPACT_JWS.test(token) && isCanonical(token.slice(token.lastIndexOf('.') + 1))
}

const isCanonical = (text: string): boolean => Buffer.from(text, 'base64url').toString('base64url') === text
