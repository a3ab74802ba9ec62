import { REVOCATION_KINDS, type RevocationEntry } from '../model/revocation-entry.js'
import type { EpochSeconds } from '../model/time.js'
import type { ByteInput } from './byte-input.js'
import type { ByteWriter } from './byte-writer.js'
import { clientOf } from './feed-entry.js'
import { MalformedFeedMessage } from './malformed-feed-message.js'
import { PACKED_WORDS, packUuid, unpackUuid } from './packed-id.js'

/** In the first byte of an entry, beside the number of its kind. */
const HAS_CUTOFF = 0x08
const HAS_UUID = 0x10
const HAS_CLIENT = 0x20
const KIND = 0x07
const ALL_FLAGS = HAS_CUTOFF | HAS_UUID | HAS_CLIENT | KIND
/** The first byte of what follows the last entry. */
export const END_OF_ENTRIES = 0xff

const WORD_BYTES = 4
const LONGEST_ID_BYTES = 1024
const LONGEST_CLIENT_BYTES = 1024
/** No entry takes more: four numbers, an id, a client. */
export const LONGEST_ENTRY_BYTES = 4096

/** Each entry is written against the one before it. */
interface Previous {
  seq: number
  expires: number
}

/**
 * Writes entries in ascending `seq`, each as: a byte of kind and flags; `seq` less that of the entry before (unsigned); `expires` less
 * that of the entry before (signed), or less `generatedAt`; `cutoff` less `expires` (signed); the id as the 16 bytes of a UUID or as
 * text; the number of its client in the order of their first appearance (unsigned), and where that is new its text.
 */
export function createEntryEncoder(writer: ByteWriter, generatedAt: EpochSeconds): (entry: RevocationEntry) => void {
  const previous: Previous = { seq: 0, expires: generatedAt }
  const clients = new Map<string, number>()
  const words = new Uint32Array(PACKED_WORDS)

  function writeClient(client: string): void {
    const known = clients.get(client)
    writer.unsigned(known ?? clients.size)
    if (known !== undefined) return
    clients.set(client, clients.size)
    writer.text(client)
  }

  return ({ seq, kind, id, cutoff, expires, client }) => {
    const isUuid = packUuid(id, words)
    const flags = (cutoff === undefined ? 0 : HAS_CUTOFF) | (isUuid ? HAS_UUID : 0) | (client === undefined ? 0 : HAS_CLIENT)
    writer.byte(REVOCATION_KINDS.indexOf(kind) | flags)
    writer.unsigned(seq - previous.seq)
    writer.signed(expires - previous.expires)
    if (cutoff !== undefined) writer.signed(cutoff - expires)
    if (isUuid) for (const word of words) writer.fixed(word, WORD_BYTES)
    else if (kind !== 'all') writer.text(id)
    if (client !== undefined) writeClient(client)
    previous.seq = seq
    previous.expires = expires
  }
}

/** Reads them again; undefined after the last. What it returns @throws MalformedFeedMessage */
export function createEntryDecoder(input: ByteInput, generatedAt: EpochSeconds): () => RevocationEntry | undefined {
  const previous: Previous = { seq: 0, expires: generatedAt }
  const clients: string[] = []
  const words = new Uint32Array(PACKED_WORDS)

  function readId(first: number): string {
    if ((first & HAS_UUID) === 0) return input.text(LONGEST_ID_BYTES)
    for (let word = 0; word < PACKED_WORDS; word++) words[word] = input.fixed(WORD_BYTES)
    return unpackUuid(words)
  }

  function readClient(): string {
    const number = input.unsigned()
    if (number === clients.length) clients.push(clientOf(input.text(LONGEST_CLIENT_BYTES)))
    const client = clients[number]
    if (client === undefined) throw new MalformedFeedMessage('a client that was not named before')
    return client
  }

  return () => {
    const first = input.byte()
    if (first === END_OF_ENTRIES) return undefined
    const kind = REVOCATION_KINDS[first & KIND]
    if (kind === undefined || (first & ~ALL_FLAGS) !== 0) throw new MalformedFeedMessage('an entry of an unknown kind')
    const seq = previous.seq + input.unsigned()
    const expires = previous.expires + input.signed()
    const cutoff = (first & HAS_CUTOFF) === 0 ? undefined : expires + input.signed()
    const id = kind === 'all' && (first & HAS_UUID) === 0 ? '' : readId(first)
    const client = (first & HAS_CLIENT) === 0 ? undefined : readClient()
    if (seq <= previous.seq || ![seq, expires, cutoff ?? 0].every(Number.isSafeInteger)) throw new MalformedFeedMessage('an entry out of order')
    if ((id === '') !== (kind === 'all')) throw new MalformedFeedMessage('an entry without id, or one for all with an id')
    previous.seq = seq
    previous.expires = expires
    const entry = { seq, kind, id, cutoff: cutoff as EpochSeconds | undefined, expires: expires as EpochSeconds }
    return client === undefined ? entry : { ...entry, client }
  }
}
