import type { RevocationEntry } from '../model/revocation-entry.js'
import { formatRevocationEvent } from '../verification/feed-message.js'
import type { FeedPosition } from '../verification/feed-position.js'

/** An entry as it goes over the wire, written once for all who hear it. */
export interface RevocationEvent {
  readonly seq: number
  readonly text: string
}

export function toEvents(epoch: string, entries: readonly RevocationEntry[]): readonly RevocationEvent[] {
  return entries.map((entry) => ({ seq: entry.seq, text: formatRevocationEvent(epoch, entry) }))
}

/** Where the events of one subscriber go. */
export interface StreamSink {
  write(text: string): void
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

  take(published: readonly RevocationEvent[]): void {
    if (this.#isListening) this.tell(published)
  }

  /** Passes over what it has been told already. An event that would leave a gap ends it. */
  tell(events: readonly RevocationEvent[]): void {
    const unknown = events.filter(({ seq }) => seq > this.#seq)
    if (unknown.some(({ seq }, at) => seq !== this.#seq + 1 + at)) this.end()
    this.#seq = unknown.at(-1)?.seq ?? this.#seq
    this.#write(unknown.map(({ text }) => text).join(''))
  }

  beat(event: string): void {
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

  #write(text: string): void {
    if (!this.#isOpen || text === '') return
    this.#sink.write(text)
    if (this.#sink.bufferedBytes() > this.#mostBuffered) this.cut()
  }
}
