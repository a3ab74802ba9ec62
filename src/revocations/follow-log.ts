import { StoreUnavailable } from '../errors/operational-errors.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock, Seconds } from '../model/time.js'
import type { ChangeHeads, Heads } from '../stores/change-heads.js'
import type { RevocationLog } from '../stores/revocation-log.js'
import type { RevocationSet } from '../verification/revocation-set.js'
import { createLostEntries, EPOCH_STRIDE, type LostEntries } from './lost-entries.js'

const PAGE = 5_000
/** What is written again in one transaction. */
const BATCH = 500

export interface FollowSettings {
  /** How long this process judges tokens by itself after the database last confirmed that it knows the newest entry. */
  readonly maxStaleness: Seconds
  /** How far the clocks of this process and of the database may differ. */
  readonly maxClockSkew: Seconds
}

/** Who wants to know what the follower learns. */
export interface LogListener {
  /** New entries, in the order of the log and without gaps. */
  onEntries(entries: readonly RevocationEntry[]): void
  /** The log as it was known is history: another epoch, or more trimmed than was read. */
  onRestart(): void
  onHeads(heads: Heads): void
  /** The database lost its newest entries, and was given back `lost` that only this process knew. */
  onRestoredDatabase(epoch: number, lost: number): void
}

export interface FollowNeeds {
  readonly log: RevocationLog
  readonly changeHeads: ChangeHeads
  readonly set: RevocationSet
  readonly clock: Clock
  readonly listener: LogListener
  /** Lets others be served between two pages, also where the database does its work in this very thread. */
  readonly nextTurn: () => Promise<void>
}

/** Keeps one process's revocation set at the head of the log. */
export class LogFollower {
  readonly #needs: FollowNeeds
  readonly #settings: FollowSettings
  #known: Heads | undefined
  #position = 0
  #confirmedAtMs: number | undefined
  #polling: Promise<void> | undefined
  /** While a new epoch of the log is read for the first time. */
  #lost: LostEntries | undefined
  /** Whether this process has begun that epoch. */
  #hasBegun = false

  constructor(needs: FollowNeeds, settings: FollowSettings) {
    this.#needs = needs
    this.#settings = settings
  }

  /** Reads the heads and every entry it does not know. Calls at once share one reading. @throws StoreUnavailable */
  poll(): Promise<void> {
    this.#polling ??= this.#read().finally(() => {
      this.#polling = undefined
    })
    return this.#polling
  }

  /** Takes entries that this process has just made durable into the set, before their callers are answered. */
  include(entries: readonly RevocationEntry[]): void {
    // Refused from now on, also where another node wrote in between; then the next poll tells the others, in order.
    for (const entry of entries) this.#needs.set.apply(entry)
    if (entries[0]?.seq === this.#position + 1) this.#take(entries)
  }

  /** The newest heads. @throws StoreUnavailable before the first poll. */
  heads(): Heads {
    if (this.#known === undefined) throw new StoreUnavailable('revocations')
    return this.#known
  }

  /** Up to here every entry is known. */
  get position(): number {
    return this.#position
  }

  /** When the database last confirmed the head, in milliseconds since 1970; undefined before the first time. */
  get confirmedAtMs(): number | undefined {
    return this.#confirmedAtMs
  }

  /** Whether the clocks of this process and of the database differ by more than is allowed. */
  isSkewed(): boolean {
    if (this.#known === undefined || this.#confirmedAtMs === undefined) return false
    return Math.abs(this.#known.databaseTimeMs - this.#confirmedAtMs) > this.#settings.maxClockSkew * 1000
  }

  /** Whether the set was loaded and has been confirmed within `maxStaleness`. */
  isFresh(): boolean {
    return this.#confirmedAtMs !== undefined && this.#needs.clock.nowMs() - this.#confirmedAtMs <= this.#settings.maxStaleness * 1000
  }

  /** @throws StoreUnavailable when tokens cannot be judged by this process now. */
  assertFresh(): void {
    if (!this.isFresh()) throw new StoreUnavailable('revocations')
  }

  async #read(): Promise<void> {
    await this.#follow()
    await this.#giveBack()
  }

  async #follow(): Promise<void> {
    const { changeHeads, clock, listener, set } = this.#needs
    const askedAtMs = clock.nowMs()
    const positionBefore = this.#position
    const heads = await changeHeads.read()
    if (this.#isBehind(heads, positionBefore) || (await this.#isOvertaken(heads))) return this.#beginEpoch(heads)
    if (this.#isHistory(heads)) this.#beginAnew(heads)
    await this.#readOn(heads)
    this.#known = heads
    this.#confirmedAtMs = askedAtMs
    set.expire(clock.now())
    listener.onHeads(heads)
  }

  async #readOn({ seq }: Heads): Promise<void> {
    while (this.#position < seq) {
      const page = await this.#needs.log.since(this.#position, PAGE)
      if (page.length === 0) break
      this.#lost?.see(page)
      this.#take(page)
      if (page.length === PAGE) await this.#needs.nextTurn()
    }
    // What was trimmed away had expired: up to the head there is nothing more to know.
    this.#position = Math.max(this.#position, seq)
  }

  #isBehind(heads: Heads, positionBefore: number): boolean {
    return this.#known?.epoch === heads.epoch && heads.seq < positionBefore
  }

  /** It was restored from before, and has been written on since. */
  async #isOvertaken(heads: Heads): Promise<boolean> {
    const known = this.#known
    if (known === undefined || known.link === '' || known.epoch !== heads.epoch) return false
    if (heads.seq === known.seq) return heads.link !== known.link
    return !(await this.#needs.log.continues(known.seq, known.link))
  }

  #isHistory(heads: Heads): boolean {
    return this.#known !== undefined && (heads.epoch !== this.#known.epoch || heads.trimmedTo > this.#position)
  }

  /** The log as it was known is history; of another epoch it may lack what this process knows. */
  #beginAnew({ epoch }: Heads): void {
    if (epoch !== this.#known?.epoch) this.#lost ??= createLostEntries(this.#needs.set, this.#position)
    this.#position = 0
    this.#needs.listener.onRestart()
  }

  /**
   * The database's head is behind what this process has already applied, or does not follow from it: it was restored from before. Whoever
   * finds that out begins a new epoch, and everybody who reads it writes again what it lacks of what he knows.
   */
  async #beginEpoch(heads: Heads): Promise<void> {
    await this.#needs.changeHeads.startEpoch(heads.epoch, Math.max(this.#position, this.#needs.set.seq) + EPOCH_STRIDE)
    this.#hasBegun = true
    return this.#follow()
  }

  /** What cannot be written now is tried again with the next reading, which sees what has been. */
  async #giveBack(): Promise<void> {
    const lost = this.#lost?.list()
    if (lost === undefined) return
    for (let at = 0; at < lost.length; at += BATCH) {
      await this.#needs.log.append(lost.slice(at, at + BATCH))
      // However much there is, what others revoke meanwhile does not wait for it.
      await this.#follow()
    }
    const isNews = this.#hasBegun || lost.length > 0
    this.#lost = undefined
    this.#hasBegun = false
    if (isNews) this.#needs.listener.onRestoredDatabase(this.heads().epoch, lost.length)
  }

  #take(entries: readonly RevocationEntry[]): void {
    // An own commit may have been included while the log was being read.
    const unknown = entries.filter((entry) => entry.seq > this.#position)
    for (const entry of unknown) this.#needs.set.apply(entry)
    this.#position = unknown.at(-1)?.seq ?? this.#position
    if (unknown.length > 0) this.#needs.listener.onEntries(unknown)
  }
}
