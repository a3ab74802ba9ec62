/** How far a reader of the revocation feed has come. */
export interface FeedPosition {
  /** When the log was begun, in milliseconds since 1970, as a string of digits. */
  readonly epoch: string
  /** Of the last entry that was seen; 0 before the first. */
  readonly seq: number
}

const EPOCH = /^[1-9]\d{0,15}$/
const POSITION = /^([1-9]\d{0,15}):(0|[1-9]\d{0,15})$/

/** `<epoch>:<seq>`, as in `since` and `Last-Event-ID`. */
export function formatPosition(position: FeedPosition): string {
  return `${position.epoch}:${position.seq}`
}

/** Reads `<epoch>:<seq>`. @returns undefined for anything else, leading zeros and numbers past 2^53 among it. */
export function parsePosition(text: string): FeedPosition | undefined {
  const [, epoch, digits] = POSITION.exec(text) ?? []
  const seq = Number(digits)
  return epoch !== undefined && Number.isSafeInteger(seq) && Number.isSafeInteger(Number(epoch)) ? { epoch, seq } : undefined
}

/** The epoch of a position that has to be at `seq`, for entry after entry. @returns undefined for any other, and for what {@link parsePosition} does not read. */
export function epochAt(text: string, seq: number): string | undefined {
  const place = `:${seq}`
  const epoch = text.slice(0, -place.length)
  return text.endsWith(place) && EPOCH.test(epoch) && Number.isSafeInteger(Number(epoch)) ? epoch : undefined
}

/** Whether `one` lies after `other`: in a later epoch, or in the same one at a higher place. */
export function isAfter(one: FeedPosition, other: FeedPosition): boolean {
  return one.epoch === other.epoch ? one.seq > other.seq : Number(one.epoch) > Number(other.epoch)
}
