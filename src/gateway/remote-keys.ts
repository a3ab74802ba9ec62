import type { Clock } from '../model/time.js'
import type { PublicKey } from '../verification/jws-signature.js'
import { type PublicKeySet, parsePublicKeySet } from '../verification/public-jwk.js'
import type { FindPublicKey } from '../verification/verify-access-token.js'
import type { Endpoints } from './endpoints.js'
import { requestObject, ServerUnavailable } from './http-requests.js'

/** The issuer's public keys (RFC 7517 §5), read when they are needed. */
export interface RemoteKeys {
  /** @throws ServerUnavailable when the keys cannot be had. */
  readonly find: FindPublicKey
  /** Another number whenever other keys were read: what was verified before has to be verified again. */
  version(): number
  /** Names of keys that were published with their private half; they verify nothing. */
  exposed(): readonly string[]
  /** The key set as it was read last; undefined before. */
  published(): unknown
  /** Begins with what was published before, if nothing was read yet. Whatever is no key set is passed over. */
  seed(published: unknown): void
}

/** At most one look for an unknown `kid` in this time, however many tokens name one. */
const COOLDOWN_MS = 5000
const REFRESH_MS = 600_000

interface Held {
  readonly set: PublicKeySet
  readonly text: string
}

/**
 * Finds the issuer's keys. Those that are known serve on while the server is away, or sends no usable key: one that must not serve
 * is named by the feed. Fetches are single-flight; every ten minutes the keys are read again in the background.
 */
export function createRemoteKeys(endpoints: () => Promise<Endpoints>, clock: Clock): RemoteKeys {
  let held: Held | undefined
  let version = 0
  let askedAtMs = Number.NEGATIVE_INFINITY
  let asking: Promise<Held> | undefined

  async function ask(): Promise<Held> {
    askedAtMs = clock.nowMs()
    const { jwks } = await endpoints()
    const read = parse(await requestObject(jwks, {}))
    if (read.text !== held?.text) version++
    held = read
    return read
  }

  function read(): Promise<Held> {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }

  async function findAfterReading(keyId: string, algorithm: string): Promise<PublicKey | undefined> {
    const { set } = await read().catch((error: unknown) => {
      throw new ServerUnavailable('the keys of the issuer cannot be had', { cause: error })
    })
    return set.find(keyId, algorithm)
  }

  return {
    find(keyId, algorithm) {
      if (held === undefined) return findAfterReading(keyId, algorithm)
      const sinceMs = clock.nowMs() - askedAtMs
      const found = held.set.find(keyId, algorithm)
      if (found === undefined && (asking !== undefined || sinceMs >= COOLDOWN_MS)) return findAfterReading(keyId, algorithm)
      // A failure leaves the keys as they are, and is met again when an unknown key is sought.
      if (sinceMs >= REFRESH_MS) read().catch(() => undefined)
      return found
    },
    version: () => version,
    exposed: () => held?.set.exposed ?? [],
    published: () => (held === undefined ? undefined : JSON.parse(held.text)),
    seed(published) {
      held ??= parseIfGood(published)
    },
  }
}

function parse(value: unknown): Held {
  const set = parsePublicKeySet(value)
  if (set.size === 0) throw new TypeError('the issuer publishes no key that could verify its tokens')
  return { set, text: JSON.stringify(value) }
}

function parseIfGood(value: unknown): Held | undefined {
  try {
    return parse(value)
  } catch {
    return undefined
  }
}
