import type { Clock } from '../model/time.js'
import type { FeedHead } from '../verification/feed-message.js'
import { heartbeatContent } from '../verification/feed-signature.js'
import type { FeedDigest } from './feed-digest.js'
import type { FeedSigner } from './feed-signer.js'
import type { RevocationView } from './revocation-view.js'

/** What is said of how far the log has come, and when SQL last said so. */
export interface Heartbeats {
  /** As it is now, bare. undefined before anything was loaded. */
  head(): FeedHead | undefined
  /** As it is now, with digest and signature, for all who listen. @throws StoreUnavailable when there is no key to sign with. */
  beat(): FeedHead | undefined
  /** The last one, for somebody who does not want to wait for the next; undefined where that would take another signature already. */
  between(): FeedHead | undefined
}

export interface HeartbeatNeeds {
  readonly view: RevocationView
  readonly digest: FeedDigest
  readonly clock: Clock
  readonly signer: FeedSigner
}

/** However many come and go, a signature is made no more often than that. */
const LEAST_APART_MS = 50

export function createHeartbeats({ view, digest, clock, signer }: HeartbeatNeeds): Heartbeats {
  let last: FeedHead | undefined

  function head(): FeedHead | undefined {
    const epoch = view.epoch()
    return epoch === undefined ? undefined : { epoch, seq: view.seq(), confirmedAtMs: view.confirmedAtMs(), timeMs: clock.nowMs() }
  }

  function beat(): FeedHead | undefined {
    const now = head()
    if (now === undefined) return undefined
    const whole = { ...now, digest: digest.sum() }
    last = { ...whole, signature: signer.sign('jeton-heartbeat', heartbeatContent(signer.issuer, whole)) }
    return last
  }

  return {
    head,
    beat,
    between() {
      const now = head()
      if (now === undefined || last === undefined || Math.abs(now.timeMs - last.timeMs) >= LEAST_APART_MS) return beat()
      return last.epoch === now.epoch && last.seq === now.seq ? last : undefined
    },
  }
}
