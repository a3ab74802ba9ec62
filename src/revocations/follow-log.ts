import { StoreUnavailable } from '../errors/operational-errors.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock, Seconds } from '../model/time.js'
import type { ChangeHeads, Heads } from '../stores/change-heads.js'
import type { NewRevocation, RevocationLog } from '../stores/revocation-log.js'
import type { RevocationSet } from '../verification/revocation-set.js'
import { lostEntries } from './lost-entries.js'

const PAGE = 10_000

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
  /** The database lost its newest entries and was given back those that this process knows. */
  onRestoredDatabase(epoch: number, lost: number): void
}

export interface FollowNeeds {
  readonly log: RevocationLog
  readonly changeHeads: ChangeHeads
  readonly set: RevocationSet
  readonly clock: Clock
  readonly listener: LogListener
}

/** Keeps one process's revocation set at the head of the log. */
export class LogFollower {
  readonly #needs: FollowNeeds
  readonly #settings: FollowSettings
  #known: Heads | undefined
  #position = 0
  #confirmedAtMs: number | undefined
  #polling: Promise<void> | undefined
  /** What a restored database has lost and has not been given back yet. */
  #lost: readonly NewRevocation[] | undefined

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
    const { changeHeads, clock, listener, log, set } = this.#needs
    const askedAtMs = clock.nowMs()
    const positionBefore = this.#position
    const heads = await changeHeads.read()
    if (this.#lost !== undefined) return this.#giveBack(this.#lost)
    if (this.#isRestored(heads, positionBefore)) return this.#heal(heads)
    if (this.#isHistory(heads)) {
      this.#position = 0
      listener.onRestart()
    }
    while (this.#position < heads.seq) {
      const page = await log.since(this.#position, PAGE)
      if (page.length === 0) break
      this.#take(page)
    }
    // What was trimmed away had expired: up to the head there is nothing more to know.
    this.#position = Math.max(this.#position, heads.seq)
    this.#known = heads
    this.#confirmedAtMs = askedAtMs
    set.expire(clock.now())
    listener.onHeads(heads)
  }

  #isRestored(heads: Heads, positionBefore: number): boolean {
    return this.#known?.epoch === heads.epoch && heads.seq < positionBefore
  }

  #isHistory(heads: Heads): boolean {
    return this.#known !== undefined && (heads.epoch !== this.#known.epoch || heads.trimmedTo > this.#position)
  }

  /**
   * The database's head is behind what this process has already applied: it was restored from before. Begins a new epoch
   * whose numbers continue after the known ones, and writes again what the restored log has lost.
   */
  async #heal(heads: Heads): Promise<void> {
    const lost = lostEntries(this.#needs.set, heads)
    await this.#needs.changeHeads.startEpoch(heads.epoch, this.#position)
    this.#lost = lost
    return this.#giveBack(lost)
  }

  /** Once the epoch has begun the head is no longer behind, so what is lost is remembered until it is written. */
  async #giveBack(lost: readonly NewRevocation[]): Promise<void> {
    if (lost.length > 0) await this.#needs.log.append(lost)
    this.#lost = undefined
    await this.#read()
    this.#needs.listener.onRestoredDatabase(this.heads().epoch, lost.length)
  }

  #take(entries: readonly RevocationEntry[]): void {
    // An own commit may have been included while the log was being read.
    const unknown = entries.filter((entry) => entry.seq > this.#position)
    for (const entry of unknown) this.#needs.set.apply(entry)
    this.#position = unknown.at(-1)?.seq ?? this.#position
    if (unknown.length > 0) this.#needs.listener.onEntries(unknown)
  }
}
