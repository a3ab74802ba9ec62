import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Libsql from 'libsql'
import type { SqliteOptions } from '../../../src/adapters/prisma/engines/sqlite-engine.js'
import { type Database, type DatabaseOptions, openDatabase } from '../../../src/adapters/prisma/open-database.js'
import { KEEP_AFTER_EXPIRY, MAX_CLOCK_SKEW, type OpenStores } from '../../stores/opened-stores.js'

type Options = Partial<SqliteOptions> & Pick<DatabaseOptions, 'cleanup'>

/** Folders of one test file, and what is open in them. */
export interface TemporaryDatabases {
  newFile(): string
  open(options?: Options): Promise<Database>
  openStores: OpenStores
  closeAll(): Promise<void>
}

export function temporaryDatabases(): TemporaryDatabases {
  const folders: string[] = []
  const databases: Database[] = []
  const newFile = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'jeton-store-'))
    folders.push(folder)
    return join(folder, 'data', 'jeton.db')
  }
  const open = async (options: Options = {}): Promise<Database> => {
    const file = options.file ?? newFile()
    const database = await openDatabase({ keepAfterExpiry: KEEP_AFTER_EXPIRY, maxClockSkew: MAX_CLOCK_SKEW, ...options, file })
    databases.push(database)
    await database.migrate()
    return database
  }
  return {
    newFile,
    open,
    openStores: async (options = {}) => {
      const file = newFile()
      const database = await open({ ...options, file })
      return { ...database, age: async (length) => makeOlder(file, length) }
    },
    closeAll: async () => {
      for (const database of databases.splice(0)) await database.close()
      for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const INSTANTS = {
  JETON_REVOCATION: ['CUTOFF', 'EXPIRES', 'CREATED_AT', 'PURGE_AFTER'],
  JETON_HEAD: ['OUTAGE_BEGAN', 'OUTAGE_ENDED'],
  JETON_NODE: ['LAST_SEEN', 'PURGE_AFTER'],
  JETON_PURGE_RUN: ['ENDED_AT'],
  JETON_PURGE_BACKUP: ['KEPT_AT', 'PURGE_AFTER'],
  JETON_GRANT: ['ROTATED_AT', 'EXPIRES_AT', 'REVOKED_AT', 'PURGE_AFTER'],
  IDN_OAUTH2_ACCESS_TOKEN: ['JETON_GRANT_TIME', 'PURGE_AFTER'],
  IDN_OAUTH2_ACCESS_TOKEN_AUDIT: ['PURGE_AFTER'],
}

/** The time of a database cannot be moved, but what is in it can. */
function makeOlder(file: string, length: number): void {
  sqlOn(file, (database) => {
    database.exec(`UPDATE JETON_LEASE SET EXPIRES_MS = EXPIRES_MS - ${length * 1000}`)
    for (const [table, columns] of Object.entries(INSTANTS)) {
      database.exec(`UPDATE ${table} SET ${columns.map((column) => `${column} = ${column} - ${length}`).join(', ')}`)
    }
  })
}

export function sqlOn<Answer>(file: string, work: (database: Libsql.Database) => Answer): Answer {
  const database = new Libsql(file, { timeout: 5_000 })
  try {
    return work(database)
  } finally {
    database.close()
  }
}
