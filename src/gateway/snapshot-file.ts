import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type FeedPosition, parsePosition } from '../verification/feed-position.js'
import type { SnapshotBody } from './read-snapshot.js'

/** What stands behind the snapshot in the file. */
export interface SnapshotSeal {
  readonly issuer: string
  readonly type: string
  /** The server's `Jeton-Signature` of the snapshot, where there was one. */
  readonly signature: string | undefined
  readonly position: FeedPosition
  /** When the server's database had last confirmed that this is the head, in milliseconds since 1970. */
  readonly confirmedAtMs: number
  /** The issuer's key set at that time, so that tokens can be verified while the server is away. */
  readonly keys: unknown
}

/** A whole snapshot that was found good, kept for the next start. */
export interface SnapshotFile {
  /** @returns undefined where there is none. @throws BadSnapshotFile when it is not whole. */
  read(): Promise<{ readonly seal: SnapshotSeal; readonly body: SnapshotBody } | undefined>
  /** Begins to write another one beside it. */
  begin(): Promise<SnapshotDraft>
  /** The furthest position that was ever known. @throws BadSnapshotFile */
  readMark(): Promise<FeedPosition | undefined>
  writeMark(position: FeedPosition): Promise<void>
}

/** Nobody sees it before it is whole and on the disk. */
export interface SnapshotDraft {
  write(bytes: Uint8Array): Promise<void>
  /** Puts it in the place of the old one. */
  finish(seal: SnapshotSeal): Promise<void>
  discard(): Promise<void>
}

export class BadSnapshotFile extends Error {
  override readonly name = 'BadSnapshotFile'
}

const OWNER_ONLY = 0o600
/** The last line is the SHA-256 of everything before it, in hexadecimal. */
const CHECKSUM_BYTES = 64
/** Of the line before it: far more than a seal with a hundred keys. */
const LONGEST_SEAL = 256 * 1024

/** The body as it came, a line with the seal, and the checksum. The mark is a file beside it. */
export function createSnapshotFile(path: string): SnapshotFile {
  const mark = `${path}.mark`
  return {
    read: () => absentAsUndefined(() => readSealed(path)),
    begin: () => createDraft(path),
    readMark: () => absentAsUndefined(async () => parseMark(await readFile(mark, 'utf8'))),
    async writeMark({ epoch, seq }) {
      const draft = await createDraft(mark)
      try {
        await draft.write(Buffer.from(`${epoch}:${seq} ${checksumOf(`${epoch}:${seq}`)}\n`))
        await draft.commit()
      } catch (error) {
        await draft.discard()
        throw error
      }
    },
  }
}

const checksumOf = (text: string): string => createHash('sha256').update(text).digest('hex')

function parseMark(text: string): FeedPosition {
  const [position = '', checksum = ''] = text.trimEnd().split(' ')
  const parsed = parsePosition(position)
  if (parsed === undefined || checksum !== checksumOf(position)) throw new BadSnapshotFile('the mark of the snapshot file is damaged')
  return parsed
}

async function createDraft(path: string): Promise<SnapshotDraft & { commit(): Promise<void> }> {
  const draft = `${path}.new`
  const { O_CREAT, O_TRUNC, O_WRONLY, O_NOFOLLOW } = constants
  // Left behind by a process that was killed, perhaps with other rights.
  await rm(draft, { force: true })
  const file = await open(draft, O_CREAT | O_TRUNC | O_WRONLY | (O_NOFOLLOW ?? 0), OWNER_ONLY)
  const hash = createHash('sha256')

  async function write(bytes: Uint8Array): Promise<void> {
    hash.update(bytes)
    await file.appendFile(bytes)
  }

  async function commit(): Promise<void> {
    await file.sync()
    await file.close()
    await rename(draft, path)
    await syncFolder(dirname(path))
  }

  return {
    write,
    commit,
    async finish(seal) {
      await write(Buffer.from(`\n${JSON.stringify(seal)}\n`))
      await file.appendFile(hash.digest('hex'))
      await commit()
    },
    async discard() {
      await file.close().catch(() => undefined)
      await rm(draft, { force: true })
    },
  }
}

/** So that the new name outlives a loss of power. Not every system lets a folder be synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  await folder.sync().catch(() => undefined)
  await folder.close()
}

async function readSealed(path: string): Promise<{ readonly seal: SnapshotSeal; readonly body: SnapshotBody }> {
  const file = await open(path, constants.O_RDONLY)
  try {
    const end = (await file.stat()).size - CHECKSUM_BYTES
    if (end < 1 || (await sha256OfFirst(path, end)) !== (await readText(file, end, CHECKSUM_BYTES))) {
      throw new BadSnapshotFile('the snapshot file is damaged')
    }
    const tail = await readText(file, Math.max(0, end - LONGEST_SEAL), Math.min(end, LONGEST_SEAL))
    const line = tail.slice(tail.lastIndexOf('\n', tail.length - 2) + 1)
    const seal = JSON.parse(line) as SnapshotSeal
    const bodyEnd = end - Buffer.byteLength(line) - 1
    return { seal, body: { type: seal.type, bytes: readFirst(path, bodyEnd) } }
  } finally {
    await file.close()
  }
}

async function* readFirst(path: string, length: number): AsyncIterable<Uint8Array> {
  yield* createReadStream(path, { end: length - 1 })
}

async function sha256OfFirst(path: string, length: number): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of readFirst(path, length)) hash.update(piece)
  return hash.digest('hex')
}

async function readText(file: FileHandle, from: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from)
  return buffer.toString('utf8', 0, bytesRead)
}

async function absentAsUndefined<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
