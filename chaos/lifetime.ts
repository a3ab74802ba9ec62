import { claimsOf } from './calls.js'
import type { ModelToken } from './model.js'

/** The clock of a node may be 2 s off either way, and `exp` (RFC 7519 §4.1.4) is a whole second. */
const ROOM_MS = 4000

/** Its own time is up, or nearly: whoever refuses it now is right, revoked or not, and no entry has to remember it. */
export function isOver({ value }: ModelToken): boolean {
  return Number(claimsOf(value).exp) * 1000 <= Date.now() + ROOM_MS
}
