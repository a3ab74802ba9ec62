import type { MigrationConnection } from './migrate.js'

/** What engines do differently here: what Prisma's own engine would do. */
export interface MigrationDialect {
  readonly timestamp: string
  readonly now: string
  /** Answers with a row where there is such a table. */
  tableExists(name: string): string
  /** Lets in one at a time. */
  begin(connection: MigrationConnection): Promise<void>
  readonly commit: string
  readonly rollback: string
  /**
   * Whether what a script has done stays done although the script has failed. Then each one is written down before it is
   * begun, so that a half-applied one is seen.
   */
  readonly leavesHalves: boolean
}

/** How long to wait for another node that migrates, in seconds. */
const LOCK_SECONDS = 60

export const MIGRATION_DIALECTS: Readonly<Record<MigrationConnection['engine'], MigrationDialect>> = {
  sqlite: {
    timestamp: 'DATETIME',
    now: `CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
    tableExists: (name) => `SELECT name FROM sqlite_master WHERE type = 'table' AND name = '${name}'`,
    begin: (connection) => connection.script('BEGIN IMMEDIATE'),
    commit: 'COMMIT',
    rollback: 'ROLLBACK',
    leavesHalves: false,
  },
  postgresql: {
    timestamp: 'TIMESTAMPTZ',
    now: 'clock_timestamp()',
    tableExists: (name) => `SELECT 1 AS found WHERE to_regclass('${name}') IS NOT NULL`,
    // The number is Prisma's.
    begin: (connection) => connection.script('BEGIN; SELECT pg_advisory_xact_lock(72707369)'),
    commit: 'COMMIT',
    rollback: 'ROLLBACK',
    leavesHalves: false,
  },
  mysql: {
    timestamp: 'DATETIME(3)',
    now: 'CURRENT_TIMESTAMP(3)',
    tableExists: (name) => `SELECT 1 AS found FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '${name}'`,
    begin: async (connection) => {
      const [lock] = await connection.rows(`SELECT GET_LOCK('prisma_migrate', ${LOCK_SECONDS}) AS taken`)
      if (Number(lock?.taken) !== 1) throw new Error(`another migration has had the lock for ${LOCK_SECONDS} seconds`)
    },
    commit: `DO RELEASE_LOCK('prisma_migrate')`,
    rollback: `DO RELEASE_LOCK('prisma_migrate')`,
    leavesHalves: true,
  },
}
