import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { CopyTimes, RevocationCopy } from './revocation-copy.js'

const HEAD = 'jeton-revocations 1\n'
/** How many bytes may be added before the file is written anew, if it has not as many itself. */
const LEAST_GROWTH = 1_048_576
const PIECE = 65_536

/**
 * A copy in a file that only grows until another takes its place, so that a reader needs but look for what was added. Each line ended by LF: the head, then
 * `<kind> <cut-off, or -> <id>` (the id with everything but visible ASCII, and `%`, as `%XX`), `confirmed <good until> <server ahead>` for everything above it,
 * and `moved` when the name leads to another file.
 */
export function createRevocationsFile(path: string): RevocationCopy {
  let file: FileHandle | undefined
  let size = { whole: 0, added: 0 }

  async function add(text: string): Promise<void> {
    await file?.appendFile(text)
    size = { ...size, added: size.added + text.length }
  }

  async function takePlace(next: FileHandle): Promise<void> {
    const former = file ?? (await open(path, 'a'))
    file = undefined
    await rename(temporary(path), path)
    file = next
    // Its readers would find out by its growing old, if this fails.
    await former.appendFile('moved\n').catch(() => undefined)
    await former.close()
  }

  return {
    async replace(entries, times) {
      await rm(temporary(path), { force: true })
      const next = await open(temporary(path), 'ax', 0o644)
      try {
        const whole = await writeWhole(next, entries, times)
        await takePlace(next)
        size = { whole, added: 0 }
      } catch (error) {
        if (file !== next) await next.close()
        throw error
      }
    },
    async update({ added, replaced, times }) {
      if (file === undefined || size.added > Math.max(LEAST_GROWTH, size.whole)) return 'replace'
      await add([...added, ...replaced].map(lineOf).join('') + confirmation(times))
      return 'done'
    },
    async close() {
      await file?.close()
      file = undefined
    },
  }
}

const temporary = (path: string): string => `${path}.new`

/** @returns how many bytes it has become. */
async function writeWhole(file: FileHandle, entries: Iterable<RevocationEntry>, times: CopyTimes): Promise<number> {
  let waiting = HEAD
  let written = 0
  const flush = async (): Promise<void> => {
    await file.appendFile(waiting)
    written += waiting.length
    waiting = ''
  }
  for (const entry of entries) {
    waiting += lineOf(entry)
    if (waiting.length >= PIECE) await flush()
  }
  waiting += confirmation(times)
  await flush()
  return written
}

const lineOf = ({ kind, id, cutoff }: RevocationEntry): string => `${kind} ${cutoff ?? '-'} ${percentEncode(id)}\n`

const confirmation = ({ goodUntil, serverAhead }: CopyTimes): string => `confirmed ${goodUntil} ${serverAhead}\n`

function percentEncode(id: string): string {
  return id.replace(/[^!-$&-~]+/gu, (odd) => Buffer.from(odd).toString('hex').toUpperCase().replace(/../g, '%$&'))
}
