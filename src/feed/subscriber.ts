import type { RevocationEntry } from '../model/revocation-entry.js'
import { formatRevocationEvent } from '../verification/feed-message.js'
import type { FeedPosition } from '../verification/feed-position.js'

/** An entry as it goes over the wire, written once for all who hear it. */
interface RevocationEvent {
  readonly seq: number
  readonly text: string
}

/** Entries that are told together. */
export interface RevocationEvents {
  readonly each: readonly RevocationEvent[]
  /** All of them, for those who know none yet: without gaps from the first to the last; undefined where that is not so. */
  readonly whole: WholeEvents | undefined
}

interface WholeEvents {
  readonly first: number
  readonly last: number
  readonly bytes: Buffer
}

export function toEvents(epoch: string, entries: readonly RevocationEntry[]): RevocationEvents {
  const each = entries.map((entry) => ({ seq: entry.seq, text: formatRevocationEvent(epoch, entry) }))
  const first = each[0]?.seq ?? 0
  const isGapless = each.length > 0 && each.every(({ seq }, at) => seq === first + at)
  const bytes = Buffer.from(each.map(({ text }) => text).join(''))
  return { each, whole: isGapless ? { first, last: first + each.length - 1, bytes } : undefined }
}

/** Where the events of one subscriber go. */
export interface StreamSink {
  /** The bytes are everybody's, and never changed. */
  write(bytes: Buffer): void
  /** Bytes that were written and not yet taken by the network. */
  bufferedBytes(): number
  /** Resolves when nothing is buffered any more, or the connection is gone. */
  drained(): Promise<void>
  /** Ends after what was written. */
  end(): void
  /** Ends at once. */
  cut(): void
}

/** After how many heartbeats one whose connection takes nothing is given up. */
export const PATIENCE = 30

/** One that listens to the feed. It is told every entry once, in order; where that fails it is ended, comes back and is told what it missed. */
export class Subscriber {
  readonly #sink: StreamSink
  readonly #epoch: string
  readonly #mostBuffered: number
  #seq: number
  #isListening = false
  #isOpen = true
  #waitedBeats = 0

  constructor(sink: StreamSink, position: FeedPosition, mostBuffered: number) {
    this.#sink = sink
    this.#epoch = position.epoch
    this.#seq = position.seq
    this.#mostBuffered = mostBuffered
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** What it has been told. */
  get position(): FeedPosition {
    return { epoch: this.#epoch, seq: this.#seq }
  }

  /** Has been told everything so far: from now on it takes what is published. */
  listen(): void {
    this.#isListening = true
  }

  take(published: RevocationEvents): void {
    if (this.#isListening) this.tell(published)
  }

  /** Passes over what it has been told already. An event that would leave a gap ends it. */
  tell({ each, whole }: RevocationEvents): void {
    if (whole?.first === this.#seq + 1) this.#tellWhole(whole)
    else this.#tellUnknown(each)
  }

  #tellWhole({ last, bytes }: WholeEvents): void {
    this.#seq = last
    this.#write(bytes)
  }

  #tellUnknown(each: readonly RevocationEvent[]): void {
    const unknown = each.filter(({ seq }) => seq > this.#seq)
    if (unknown.some(({ seq }, at) => seq !== this.#seq + 1 + at)) this.end()
    this.#seq = unknown.at(-1)?.seq ?? this.#seq
    this.#write(Buffer.from(unknown.map(({ text }) => text).join('')))
  }

  beat(event: Buffer): void {
    this.#waitedBeats = this.#sink.bufferedBytes() > 0 ? this.#waitedBeats + 1 : 0
    if (this.#waitedBeats > PATIENCE) this.cut()
    else if (this.#isListening) this.#write(event)
  }

  drained(): Promise<void> {
    return this.#sink.drained()
  }

  /** Its connection is gone. */
  leave(): void {
    this.#isOpen = false
  }

  end(): void {
    if (this.#isOpen) this.#sink.end()
    this.#isOpen = false
  }

  cut(): void {
    if (this.#isOpen) this.#sink.cut()
    this.#isOpen = false
  }

  #write(bytes: Buffer): void {
    if (!this.#isOpen || bytes.length === 0) return
    this.#sink.write(bytes)
    if (this.#sink.bufferedBytes() > this.#mostBuffered) this.cut()
  }
}
