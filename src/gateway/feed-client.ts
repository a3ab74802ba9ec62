import type { RevocableToken } from '../model/claims.js'
import type { RevocationKind } from '../model/revocation-entry.js'
import { MalformedFeedMessage, parseHeartbeat, parseRevocationEvent, parseSnapshotLines } from '../verification/feed-message.js'
import { type FeedPosition, formatPosition, isAfter } from '../verification/feed-position.js'
import { createRevocationSet } from '../verification/revocation-set.js'
import { readEvents, type StreamEvent } from './event-stream.js'
import { request, ServerUnavailable } from './http-requests.js'
import type { OwnToken } from './own-token.js'
import { backOffMs, pause } from './pause.js'
import type { ServerTime } from './server-time.js'
import { readLines } from './text-lines.js'
import { createWatchdog } from './watchdog.js'

/** How old the gateway's knowledge of revocations is. */
export interface Staleness {
  /** Place of the newest entry that is known. */
  readonly seq: number
  /** Since the server's database last confirmed that there is nothing newer, in milliseconds; infinite while loading. */
  readonly ageMs: number
  readonly state: 'loading' | 'fresh' | 'soft' | 'hard'
  /** Why the feed could not be read at the last attempt; undefined while it is read. */
  readonly problem: string | undefined
}

export interface FeedClientSettings {
  readonly feedUrl: URL
  readonly softMs: number
  readonly hardMs: number
}

/** What is known does not lead to where the server is: only a new snapshot helps. */
class ResyncNeeded extends Error {
  override readonly name = 'ResyncNeeded'
}

const SILENCE_MS = 3000
const SNAPSHOT_MS = 60_000
/** After so many heartbeats a connection counts as good, and the next failure as the first. */
const STEADY = 2

/** Keeps one revocation set at the head of a server's feed: snapshot, then changes, again from the start where they do not fit together. */
export class FeedClient {
  readonly #settings: FeedClientSettings
  readonly #ownToken: OwnToken
  readonly #time: ServerTime
  readonly #onReady: () => void
  #set = createRevocationSet()
  #position: FeedPosition | undefined
  #mustLoad = true
  #confirmedAtMs: number | undefined
  #heartbeats = 0
  #problem: string | undefined

  /** @param onReady called at the first heartbeat that confirms what was loaded, and at later ones. */
  constructor(settings: FeedClientSettings, ownToken: OwnToken, time: ServerTime, onReady: () => void) {
    this.#settings = settings
    this.#ownToken = ownToken
    this.#time = time
    this.#onReady = onReady
  }

  /** The kind of an entry that hits the token, as far as is known. */
  refusal(token: RevocableToken): RevocationKind | undefined {
    return this.#set.refusal(token)
  }

  staleness(): Staleness {
    const { softMs, hardMs } = this.#settings
    const seq = this.#position?.seq ?? 0
    if (this.#confirmedAtMs === undefined) return { seq, ageMs: Number.POSITIVE_INFINITY, state: 'loading', problem: this.#problem }
    const ageMs = Math.max(0, this.#time.nowMs() - this.#confirmedAtMs)
    const state = ageMs < softMs ? 'fresh' : ageMs < hardMs ? 'soft' : 'hard'
    return { seq, ageMs, state, problem: this.#problem }
  }

  /** Follows the feed until `signal` aborts. Never rejects: it goes on trying. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      this.#heartbeats = 0
      try {
        if (this.#mustLoad) await this.#load(signal)
        await this.#follow(signal)
      } catch (error) {
        this.#mustLoad ||= error instanceof ResyncNeeded || error instanceof MalformedFeedMessage
        this.#problem = error instanceof Error ? error.message : String(error)
      }
      failures = this.#heartbeats >= STEADY ? 0 : failures + 1
      await pause(backOffMs(failures), signal, false)
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    const set = createRevocationSet()
    const response = await this.#get(
      new URL('snapshot', this.#settings.feedUrl),
      'application/x-ndjson',
      AbortSignal.any([signal, AbortSignal.timeout(SNAPSHOT_MS)]),
    )
    const { epoch, seq } = await parseSnapshotLines(readLines(response.body), (entry) => set.apply(entry))
    // Older than what is known: a restored or lagging server must not make a revoked token good again.
    if (this.#position !== undefined && isAfter(this.#position, { epoch, seq })) throw new ResyncNeeded('the server is behind what it told before')
    this.#set = set
    this.#position = { epoch, seq }
    this.#mustLoad = false
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const position = this.#position
    if (position === undefined) return
    const url = new URL(`changes?since=${formatPosition(position)}`, this.#settings.feedUrl)
    const watchdog = createWatchdog(SILENCE_MS, new ServerUnavailable('the feed fell silent'))
    try {
      const response = await this.#get(url, 'text/event-stream', AbortSignal.any([signal, watchdog.signal]))
      for await (const event of readEvents(readLines(response.body))) {
        watchdog.feed()
        this.#take(event, position.epoch)
      }
      throw new ServerUnavailable('the feed ended')
    } finally {
      watchdog.stop()
    }
  }

  #take({ type, id, data }: StreamEvent, epoch: string): void {
    if (type === 'heartbeat') this.#beat(data)
    if (type !== 'revocation') return
    const { epoch: told, entry } = parseRevocationEvent(id, data)
    const seq = this.#position?.seq ?? 0
    if (told !== epoch || entry.seq > seq + 1) throw new ResyncNeeded('an entry of the feed is missing')
    if (entry.seq <= seq) return
    this.#set.apply(entry)
    this.#position = { epoch, seq: entry.seq }
  }

  #beat(data: string): void {
    const head = parseHeartbeat(data)
    if (head.epoch !== this.#position?.epoch || head.seq !== this.#position.seq) throw new ResyncNeeded('the feed is elsewhere than its entries led')
    if (!this.#time.hear(head.timeMs)) throw new ServerUnavailable('the heartbeats come late')
    this.#confirmedAtMs = head.confirmedAtMs
    this.#heartbeats++
    this.#problem = undefined
    this.#set.expire(this.#time.now())
    this.#onReady()
  }

  /** An own token that is refused is tried once more with a new one (it may have been revoked, or its key). */
  async #get(url: URL, accept: string, signal: AbortSignal): Promise<Response> {
    const token = await this.#ownToken.get()
    try {
      return await this.#ask(url, { accept, authorization: `Bearer ${token}` }, signal)
    } catch (error) {
      if (!(error instanceof ServerUnavailable)) throw error
      if (error.status === 410) throw new ResyncNeeded('the server no longer has what came after')
      if (error.status !== 401) throw error
      this.#ownToken.forget(token)
    }
    return this.#ask(url, { accept, authorization: `Bearer ${await this.#ownToken.get()}` }, signal)
  }

  #ask(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    this.#time.ask()
    return request(url, { headers }, signal)
  }
}
