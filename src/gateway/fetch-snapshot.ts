import type { RevocationEntry } from '../model/revocation-entry.js'
import type { SnapshotHead } from '../verification/snapshot-message.js'
import type { FeedRequests, FeedRequestTerms } from './feed-requests.js'
import type { FeedTrust } from './feed-trust.js'
import { ServerUnavailable } from './http-requests.js'
import { readSnapshot, SNAPSHOT_TYPES } from './read-snapshot.js'
import type { RemoteKeys } from './remote-keys.js'
import type { WarmStart } from './warm-start.js'
import { createWatchdog } from './watchdog.js'

/** A snapshot that came whole and is the issuer's. It lies beside the file until one of the two is called. */
export interface FetchedSnapshot {
  readonly head: SnapshotHead
  /** Puts it into the file. @param confirmedAtMs when the server confirmed what was at least at its place, in milliseconds since 1970. */
  keep(confirmedAtMs: number): Promise<void>
  discard(): Promise<void>
}

export type FetchSnapshot = (take: (entry: RevocationEntry) => void, terms: FeedRequestTerms) => Promise<FetchedSnapshot>

export interface FetchNeeds {
  readonly issuer: string
  readonly requests: FeedRequests
  readonly trust: FeedTrust
  readonly keys: RemoteKeys
  readonly warmStart: WarmStart
  /** After so long without a byte in the middle of a snapshot it will not be finished. */
  readonly silenceMs: number
}

const SNAPSHOT_MS = 60_000

/** @returns a function that throws MalformedFeedMessage, UntrustedMessage or ServerUnavailable: then nothing of what was taken counts. */
export function createFetchSnapshot({ issuer, requests, trust, keys, warmStart, silenceMs }: FetchNeeds): FetchSnapshot {
  return async (take, { signal, patienceMs }) => {
    const cut = new AbortController()
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(SNAPSHOT_MS), cut.signal])
    const response = await requests.get('snapshot', SNAPSHOT_TYPES, { signal: bounded, patienceMs })
    if (response.body === null) throw new ServerUnavailable('the server sent an empty snapshot')
    const type = response.headers.get('content-type') ?? ''
    const signature = response.headers.get('jeton-signature') ?? undefined
    const kept = await warmStart.draft()
    try {
      const { head, sha256 } = await readSnapshot({ type, bytes: untilSilent(response.body, silenceMs, cut) }, take, kept.write)
      await trust.snapshot(signature, sha256)
      const { epoch, seq, generatedAt } = head
      return {
        head,
        keep: (confirmedAtMs) =>
          kept.finish({
            ...{ issuer, type, signature, position: { epoch, seq }, keys: keys.published() },
            // What came after it was made may be what was confirmed.
            confirmedAtMs: Math.min(confirmedAtMs, generatedAt * 1000),
          }),
        discard: kept.discard,
      }
    } catch (error) {
      await kept.discard()
      throw error
    }
  }
}

/** A partition in the middle of a snapshot must not be waited for as long as a large one may take. */
async function* untilSilent(bytes: AsyncIterable<Uint8Array>, silenceMs: number, cut: AbortController): AsyncIterable<Uint8Array> {
  const watchdog = createWatchdog(silenceMs, new ServerUnavailable('the snapshot fell silent'))
  watchdog.signal.addEventListener('abort', () => cut.abort(watchdog.signal.reason), { once: true })
  try {
    for await (const piece of bytes) {
      watchdog.feed()
      yield piece
    }
  } finally {
    watchdog.stop()
  }
}
