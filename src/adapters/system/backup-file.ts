import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { constants, createGunzip, gzip } from 'node:zlib'
import { CommandRefused } from '../../errors/operational-errors.js'
import type { KeptRow } from '../../stores/kept-rows.js'
import type { DoomedRows } from '../../stores/purge-target.js'
import { readRow } from '../../stores/row-json.js'

/**
 * What a purge has deleted, as lines of JSON in gzip: a header; for each batch its rows, before those of each table a line with their columns,
 * and then a line with their count and a checksum of everything so far; at last the end. Each batch is a gzip member of its own, and on the disk
 * before the commit that deletes its rows, so that a file whose end is missing is whole up to a batch.
 */
export interface BackupHeader {
  readonly format: 'jeton-purge-backup'
  readonly version: 2
  /** Of the database that the rows are from. */
  readonly database: string
  readonly engine: string
  readonly run: string
  /** RFC 3339. */
  readonly began: string
}

export interface BackupFile {
  /** On the disk when it returns; in turn, where several are kept at once. @throws CommandRefused `backup_failed` */
  keep(rows: readonly DoomedRows[]): Promise<void>
  /** Writes that nothing is missing. @throws CommandRefused `backup_failed` */
  end(): Promise<void>
  /** A file that has neither rows nor an end goes: the purge was refused, and is asked for again under the same name. */
  close(): Promise<void>
}

const compress = promisify(gzip)
/** The purge waits for it, and rows like these shrink to a quarter at once. */
const LEVEL = constants.Z_BEST_SPEED
/** What a batch comes to: in smaller parts each of them would be handed from thread to thread. */
const CHUNK = 256 * 1024
const failed = (path: string, cause: unknown): CommandRefused =>
  new CommandRefused(
    'backup_failed',
    `the backup ${path} cannot be written (${String(Reflect.get(Object(cause), 'code') ?? cause)}): nothing was deleted that is not in it`,
  )

const chain = (before: string, text: Uint8Array | string): string => createHash('sha256').update(before).update(text).digest('hex')

/** A new file, for its owner only. @throws CommandRefused `backup_exists`, `backup_failed` */
export async function createBackupFile(path: string, header: BackupHeader): Promise<BackupFile> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw new CommandRefused('backup_exists', `${path} is there already: a backup never overwrites a file`)
    throw failed(path, error)
  })
  let [size, checksum, batches, rowCount] = [0, '', 0, 0]
  let isEnded = false

  /** What is only half written is taken back, so that the next batch follows a whole one. */
  async function append(text: Uint8Array): Promise<void> {
    const member = await compress(text, { level: LEVEL, chunkSize: CHUNK })
    try {
      await file.write(member, 0, member.length, size)
      await file.sync()
      size += member.length
    } catch (error) {
      await file.truncate(size).catch(() => undefined)
      throw failed(path, error)
    }
  }

  async function appendBatch(rows: readonly DoomedRows[]): Promise<void> {
    const text = Buffer.from(rows.map(({ table, columns, lines }) => `${JSON.stringify({ table, columns })}\n${lines.join('\n')}\n`).join(''))
    const count = rows.reduce((total, { lines }) => total + lines.length, 0)
    const sum = chain(checksum, text)
    await append(Buffer.concat([text, Buffer.from(`${JSON.stringify({ batch: batches + 1, rows: count, sha256: sum })}\n`)]))
    ;[checksum, batches, rowCount] = [sum, batches + 1, rowCount + count]
  }

  await append(Buffer.from(`${JSON.stringify(header)}\n`))
  await syncFolder(path)
  let last: Promise<void> = Promise.resolve()
  return {
    keep(rows) {
      const kept = last.then(() => appendBatch(rows))
      last = kept.catch(() => undefined)
      return kept
    },
    async end() {
      await append(Buffer.from(`${JSON.stringify({ end: true, batches, rows: rowCount, sha256: checksum })}\n`))
      isEnded = true
    },
    async close() {
      await file.close()
      if (batches === 0 && !isEnded) await unlink(path)
    },
  }
}

/** So that the file itself is there after a loss of power. */
async function syncFolder(path: string): Promise<void> {
  const folder: FileHandle = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}

export type BackupPart =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  /** Rows of a batch that is whole. */
  | { readonly kind: 'batch'; readonly rows: readonly KeptRow[] }
  | { readonly kind: 'end'; readonly rows: number }

/** The parts of the file that are whole, in their order. Without an `end` at the end the rest is missing. @throws CommandRefused `bad_backup` */
export async function* readBackupFile(path: string): AsyncGenerator<BackupPart> {
  let [checksum, lines, rows]: [string, string, KeptRow[]] = ['', '', []]
  let shape: RowShape = { table: '', columns: [] }
  for await (const line of linesOf(path)) {
    const part = parse(line, path)
    if (isArray(part)) {
      rows.push(rowOf(shape, part, path))
      lines += `${line}\n`
    } else if ('columns' in part) {
      shape = part as unknown as RowShape
      lines += `${line}\n`
    } else if ('batch' in part) {
      checksum = chain(checksum, lines)
      if (part.sha256 !== checksum || part.rows !== rows.length) throw damaged(path)
      yield { kind: 'batch', rows }
      ;[lines, rows] = ['', []]
    } else if (part.end === true) {
      if (part.sha256 !== checksum) throw damaged(path)
      yield { kind: 'end', rows: Number(part.rows) }
    } else if (part.format === 'jeton-purge-backup' && part.version === 2) {
      yield { kind: 'header', header: part as unknown as BackupHeader }
    } else throw damaged(path)
  }
}

type RowShape = Pick<DoomedRows, 'table' | 'columns'>

const isArray = (part: object): part is readonly unknown[] => Array.isArray(part)

function rowOf({ table, columns }: RowShape, line: readonly unknown[], path: string): KeptRow {
  try {
    return { table, values: readRow(columns, line) }
  } catch {
    throw damaged(path)
  }
}

/** The whole lines of the file, up to where something is missing: that is no error here. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const unpacked = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })
  createReadStream(path)
    .on('error', (error) => unpacked.destroy(error))
    .pipe(unpacked)
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of unpacked as AsyncIterable<Uint8Array>) {
      const pieces = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = pieces.pop() ?? ''
      yield* pieces
    }
  } catch (error) {
    const code = String(Reflect.get(Object(error), 'code'))
    if (code === 'Z_BUF_ERROR') return
    throw code.startsWith('Z_') ? damaged(path) : new CommandRefused('no_file', `the file ${path} cannot be read`)
  }
}

function parse(line: string, path: string): Record<string, unknown> | readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(line)
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown> | readonly unknown[]
  } catch {
    // Said below.
  }
  throw damaged(path)
}

const damaged = (path: string): CommandRefused => new CommandRefused('bad_backup', `${path} is no backup of a purge, or it has been changed`)
