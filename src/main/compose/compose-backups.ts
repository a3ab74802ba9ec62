import { randomUUID } from 'node:crypto'
import { createBackupFile, readBackupFile } from '../../adapters/system/backup-file.js'
import { CommandRefused } from '../../errors/operational-errors.js'
import { restoreRows } from '../../purge/restore-rows.js'
import type { KeptRow, KeptRows } from '../../stores/kept-rows.js'
import type { PurgeBackups, RestoreRequest } from '../commands/operations.js'
import type { Resources } from '../resources.js'

/** Rows that are read from the table at once. */
const PAGE = 500

/** Where a purge keeps what it deletes, and how that comes back. */
export function composeBackups({ stores, clock }: Pick<Resources, 'stores' | 'clock'>): PurgeBackups {
  const { keptRows, heads, status } = stores
  const restore = (portions: AsyncIterable<readonly KeptRow[]>, { signal, dryRun }: Pick<RestoreRequest, 'signal' | 'dryRun'>) =>
    restoreRows(portions, { kept: keptRows, heads, signal }, { dryRun })
  return {
    newRun: randomUUID,
    create: async (path, run) =>
      createBackupFile(path, {
        format: 'jeton-purge-backup',
        version: 2,
        database: await keptRows.databaseId(),
        engine: status.engine,
        run,
        began: new Date(clock.nowMs()).toISOString(),
      }),
    async restoreFile(path, request) {
      // The whole of it is looked at before anything is put back.
      const complete = await checkFile(path, await keptRows.databaseId())
      if (!complete && !request.partial)
        throw new CommandRefused(
          'truncated_backup',
          `the end of ${path} is missing: whatever was deleted is in it, so --partial puts back what there is of it`,
        )
      return { outcome: await restore(rowsOf(path), request), complete }
    },
    async restoreTable(request) {
      const run = await keptRows.newestRun()
      if (run === null) throw new CommandRefused('no_backup', 'no purge of this database has kept its rows in the table')
      return { outcome: await restore(keptOf(keptRows, run), request), complete: true }
    },
  }
}

/** @returns whether it has its end. @throws CommandRefused */
async function checkFile(path: string, database: string): Promise<boolean> {
  let hasEnd = false
  let hasHeader = false
  for await (const part of readBackupFile(path)) {
    hasEnd = part.kind === 'end'
    if (part.kind !== 'header') continue
    hasHeader = true
    if (part.header.database !== database)
      throw new CommandRefused('foreign_backup', `${path} is of another database: rows of one are nothing to the other`)
  }
  if (!hasHeader) throw new CommandRefused('bad_backup', `${path} is no backup of a purge, or nothing of it is left`)
  return hasEnd
}

async function* rowsOf(path: string): AsyncGenerator<readonly KeptRow[]> {
  for await (const part of readBackupFile(path)) if (part.kind === 'batch') yield part.rows
}

async function* keptOf({ list }: KeptRows, run: string): AsyncGenerator<readonly KeptRow[]> {
  for (let after = 0; ; ) {
    const page = await list(run, after, PAGE)
    const last = page.at(-1)
    if (last === undefined) return
    yield page.map(({ row }) => row)
    after = last.place
  }
}
