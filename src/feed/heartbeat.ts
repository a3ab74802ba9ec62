import type { Clock } from '../model/time.js'
import type { FeedHead } from '../verification/feed-message.js'
import type { RevocationView } from './revocation-view.js'

/** What is said each second: how far the log has come and when SQL last said so. undefined before anything was loaded. */
export function readHead(view: RevocationView, clock: Clock): FeedHead | undefined {
  const epoch = view.epoch()
  return epoch === undefined ? undefined : { epoch, seq: view.seq(), confirmedAtMs: view.confirmedAtMs(), timeMs: clock.nowMs() }
}
