import { createHmac } from 'node:crypto'
import type { Mac } from './bus-message.js'

/**
 * What the nodes authenticate their messages with, and hide the names in their counters behind: HMAC-SHA-256 under a key
 * of its own, derived from the sealed secret that all of them have and Redis has not.
 */
export function createBusMac(secret: () => Buffer): Mac {
  return (text) => {
    const key = createHmac('sha256', secret()).update('between nodes\0').digest()
    return createHmac('sha256', key).update(text).digest('base64url')
  }
}
