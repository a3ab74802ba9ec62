import type { Clock } from '../model/time.js'
import { type FeedHead, parseDigests, parseHeartbeat, parseRevocationEvent } from '../verification/feed-message.js'
import { formatPosition } from '../verification/feed-position.js'
import { MalformedFeedMessage } from '../verification/malformed-feed-message.js'
import { readEvents, type StreamEvent } from './event-stream.js'
import { DigestDiffers, type FeedKnowledge, ResyncNeeded } from './feed-knowledge.js'
import type { FeedRequests, FeedRequestTerms } from './feed-requests.js'
import { type FeedTrust, UntrustedMessage } from './feed-trust.js'
import type { FetchedSnapshot, FetchSnapshot } from './fetch-snapshot.js'
import type { GatewayEvent, RevocationObserver } from './gateway-events.js'
import { ServerUnavailable } from './http-requests.js'
import { backOffMs, pause } from './pause.js'
import type { RemoteKeys } from './remote-keys.js'
import type { ServerTime } from './server-time.js'
import { readLinesTogether } from './text-lines.js'
import type { WarmStart } from './warm-start.js'
import { createWatchdog } from './watchdog.js'

/** How old the gateway's knowledge of revocations is. */
export interface Staleness {
  /** Place of the newest entry that is known. */
  readonly seq: number
  /** Since the server's database last confirmed that there is nothing newer, in milliseconds; infinite while loading. */
  readonly ageMs: number
  /** `hard` also for what was kept in a file, until the server has confirmed it. */
  readonly state: 'loading' | 'fresh' | 'soft' | 'hard'
  /** Why the feed could not be read at the last attempt; undefined while it is read. */
  readonly problem: string | undefined
}

export interface FeedClientSettings {
  readonly softMs: number
  readonly hardMs: number
}

export interface FeedClientNeeds {
  readonly knowledge: FeedKnowledge
  readonly requests: FeedRequests
  /** That of this machine, for what happens here. */
  readonly clock: Clock
  readonly time: ServerTime
  readonly trust: FeedTrust
  readonly fetchSnapshot: FetchSnapshot
  readonly keys: Pick<RemoteKeys, 'seed'>
  readonly warmStart: WarmStart
  readonly observer: RevocationObserver
  readonly onEvent: (event: GatewayEvent) => void
  /** Called at the first heartbeat that confirms what was loaded, and at later ones. */
  readonly onReady: () => void
}

const SILENCE_MS = 3000
/** How old a kept snapshot may become: a start from an older one finds that the server no longer has what came after. */
const KEEP_ANEW_MS = 900_000
/** A server whose database confirmed the head in the future is not to be believed. */
const FUTURE_MS = 1000
/** After so many failures in a row, which are rather a partition than a server that is busy, the end of it is looked for each second. */
const PARTITIONED = 2
const PARTITION_PATIENCE_MS = 1000
/** After so many heartbeats a connection counts as good, and the next failure as the first. */
const STEADY = 2

/** Keeps what is known at the head of a server's feed: snapshot, then changes, again from the start where they do not fit together. */
export class FeedClient {
  readonly #settings: FeedClientSettings
  readonly #needs: FeedClientNeeds
  #mustLoad = true
  #confirmedAtMs: number | undefined
  #isConfirmedHere = false
  #heartbeats = 0
  #failures = 0
  #problem: string | undefined
  #toKeep: FetchedSnapshot | undefined
  #keepAnewAtMs = 0
  #keeping: Promise<void> = Promise.resolve()

  constructor(settings: FeedClientSettings, needs: FeedClientNeeds) {
    this.#settings = settings
    this.#needs = needs
  }

  staleness(): Staleness {
    return { seq: this.#needs.knowledge.position()?.seq ?? 0, ageMs: this.#ageMs(), state: this.state(), problem: this.#problem }
  }

  state(): Staleness['state'] {
    if (this.#confirmedAtMs === undefined) return 'loading'
    const ageMs = this.#ageMs()
    if (!this.#isConfirmedHere || ageMs >= this.#settings.hardMs) return 'hard'
    return ageMs < this.#settings.softMs ? 'fresh' : 'soft'
  }

  #ageMs(): number {
    return this.#confirmedAtMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, this.#needs.time.nowMs() - this.#confirmedAtMs)
  }

  /** Follows the feed until `signal` aborts. Never rejects: it goes on trying. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#begin()
    while (!signal.aborted) {
      const beganMs = this.#needs.clock.nowMs()
      this.#heartbeats = 0
      try {
        if (this.#mustLoad) await this.#load(signal)
        await this.#follow(signal)
      } catch (error) {
        if (!signal.aborted) this.#meet(error)
      }
      this.#failures = this.#heartbeats >= STEADY ? 0 : this.#failures + 1
      await pause(backOffMs(this.#failures, this.#needs.clock.nowMs() - beganMs), signal, false)
    }
    await this.#toKeep?.discard()
    await this.#keeping
    await this.#needs.warmStart.settle()
  }

  async #begin(): Promise<void> {
    const begun = await this.#needs.warmStart.begin(this.#needs.knowledge)
    if (begun === undefined) return
    this.#needs.keys.seed(begun.keys)
    if (begun.isSigned) this.#needs.trust.require()
    this.#confirmedAtMs = begun.confirmedAtMs
    this.#keepAnewLater()
    this.#mustLoad = false
  }

  #meet(error: unknown): void {
    const { onEvent } = this.#needs
    const message = error instanceof Error ? error.message : String(error)
    this.#mustLoad ||= error instanceof ResyncNeeded || error instanceof MalformedFeedMessage || error instanceof UntrustedMessage
    this.#problem = message
    if (error instanceof UntrustedMessage) onEvent({ type: 'untrusted', message })
    else onEvent({ type: this.#mustLoad ? 'resync' : 'feed_problem', message })
  }

  #terms(signal: AbortSignal): FeedRequestTerms {
    return { signal, patienceMs: this.#failures >= PARTITIONED ? PARTITION_PATIENCE_MS : SILENCE_MS }
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { knowledge, fetchSnapshot, onEvent } = this.#needs
    await this.#toKeep?.discard()
    this.#toKeep = undefined
    const loading = knowledge.load()
    try {
      const fetched = await fetchSnapshot(loading.take, this.#terms(signal))
      this.#toKeep = fetched
      loading.commit(fetched.head)
    } catch (error) {
      loading.abandon()
      throw error
    }
    this.#mustLoad = false
    const position = knowledge.position()
    if (position !== undefined) onEvent({ type: 'snapshot', position, entries: knowledge.counts().entries })
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const position = this.#needs.knowledge.position()
    if (position === undefined) return
    const watchdog = createWatchdog(SILENCE_MS, new ServerUnavailable('the feed fell silent'))
    const signals = AbortSignal.any([signal, watchdog.signal])
    try {
      const response = await this.#needs.requests.get(`changes?since=${formatPosition(position)}`, 'text/event-stream', this.#terms(signals))
      // An answer that came late is one all the same: what it brings has its own time to come.
      watchdog.feed()
      for await (const events of readEvents(readLinesTogether(response.body))) {
        watchdog.feed()
        for (const event of events) {
          if (event.type === 'heartbeat') await this.#beat(event.data, signals)
          else if (event.type === 'revocation') this.#take(event)
        }
      }
      throw new ServerUnavailable('the feed ended')
    } finally {
      watchdog.stop()
    }
  }

  #take({ id, data }: StreamEvent): void {
    const { epoch, entry } = parseRevocationEvent(id, data)
    this.#needs.knowledge.take(epoch, entry)
  }

  async #beat(data: string, signal: AbortSignal): Promise<void> {
    const { knowledge, time, trust, observer, onReady } = this.#needs
    const head = parseHeartbeat(data)
    await trust.heartbeat(head)
    await this.#compare(head, signal)
    if (head.confirmedAtMs > head.timeMs + FUTURE_MS) throw new ServerUnavailable('the server says that its head was confirmed in the future')
    if (!time.hear(head.timeMs)) throw new ServerUnavailable('the heartbeats come late')
    this.#confirmedAtMs = head.confirmedAtMs
    this.#isConfirmedHere = true
    this.#heartbeats++
    this.#problem = undefined
    knowledge.expire(head)
    observer.confirmed({ epoch: head.epoch, seq: head.seq }, { nowMs: time.nowMs(), confirmedAtMs: head.confirmedAtMs })
    this.#keep(head, signal)
    onReady()
  }

  /** Where the sums differ, the server's own tell in which hours; a new snapshot is needed in any case. */
  async #compare(head: FeedHead, signal: AbortSignal): Promise<void> {
    const { knowledge, requests, onEvent } = this.#needs
    try {
      knowledge.compare(head)
    } catch (error) {
      if (error instanceof DigestDiffers) {
        const text = await requests.get('digests', 'application/json', this.#terms(signal)).then(
          (response) => response.text(),
          () => undefined,
        )
        onEvent({ type: 'digest_differs', buckets: text === undefined ? [] : knowledge.differing(parseDigests(text)) })
      }
      throw error
    }
  }

  /** What was loaded is kept once a heartbeat has confirmed it, and another after a while. */
  #keep({ epoch, seq, confirmedAtMs }: FeedHead, signal: AbortSignal): void {
    const { warmStart, time, fetchSnapshot } = this.#needs
    const nowMs = time.nowMs()
    warmStart.mark({ epoch, seq }, nowMs)
    const loaded = this.#toKeep
    this.#toKeep = undefined
    if (loaded === undefined && nowMs < this.#keepAnewAtMs) return
    this.#keepAnewLater()
    if (!warmStart.isOn) return
    const fetched = loaded === undefined ? fetchSnapshot(() => undefined, this.#terms(signal)) : Promise.resolve(loaded)
    // One that cannot be had is had the next time.
    this.#keeping = fetched.then((snapshot) => snapshot.keep(confirmedAtMs)).catch(() => undefined)
  }

  /** At random, so that gateways that were started together do not ask together. */
  #keepAnewLater(): void {
    this.#keepAnewAtMs = this.#needs.time.nowMs() + KEEP_ANEW_MS * (0.5 + Math.random() / 2)
  }
}
