import type { CommandRefused } from '../../../errors/operational-errors.js'
import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import type { RegistryEntries } from '../sql/registry.js'
import type { PresentTables } from './present-tables.js'
import { createRegistryEntriesTarget } from './registry-entries-target.js'
import { createRegistryLogTarget } from './registry-log-target.js'
import { unfit } from './wso2-targets.js'

const LOG = { REG_LOG: ['REG_LOG_ID', 'REG_PATH', 'REG_TENANT_ID', 'REG_ACTION', 'REG_LOGGED_TIME'] } as const

const ENTRIES: readonly (Omit<RegistryEntries, 'hasHistory'> & { readonly name: string })[] = [
  { name: 'registry properties', table: 'REG_PROPERTY', links: 'REG_RESOURCE_PROPERTY', link: 'REG_PROPERTY_ID' },
  { name: 'registry tags', table: 'REG_TAG', links: 'REG_RESOURCE_TAG', link: 'REG_TAG_ID' },
]

/** Of those of the registry's tables that are in this database. */
export function createRegistryTargets(session: DatabaseSession, present: PresentTables): readonly PurgeTarget[] {
  const hasHistory = present.get('REG_RESOURCE_HISTORY')?.has('REG_VERSION') === true
  return [
    ...(present.has('REG_LOG') ? [createRegistryLogTarget(session, findUnfit(present, LOG))] : []),
    ...ENTRIES.filter(({ table }) => present.has(table)).map(({ name, ...entries }) => {
      const read = {
        [entries.table]: ['REG_ID'],
        [entries.links]: [entries.link, 'REG_PATH_ID', 'REG_VERSION'],
        REG_RESOURCE: ['REG_PATH_ID', 'REG_VERSION'],
      }
      return createRegistryEntriesTarget(session, name, { ...entries, hasHistory, unfit: findUnfit(present, read) })
    }),
  ]
}

/** What is not there of the columns that are read. */
function findUnfit(present: PresentTables, read: Readonly<Record<string, readonly string[]>>): CommandRefused | undefined {
  for (const [table, columns] of Object.entries(read)) {
    const missing = columns.find((column) => !present.get(table)?.has(column))
    if (missing !== undefined) return unfit(table, missing)
  }
  return undefined
}
