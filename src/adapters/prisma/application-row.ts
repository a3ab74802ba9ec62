import type { Application, ApplicationKey } from '../../model/application.js'
import type { TokenType } from '../../model/client.js'
import { applicationId, clientId, subject } from '../../model/ids.js'
import type { ApplicationChange } from '../../stores/application-store.js'

/** The columns that are read, with the keys. Not the times: no two engines write them alike. */
export const APPLICATION_COLUMNS = {
  row: true,
  applicationId: true,
  name: true,
  throttling: true,
  description: true,
  status: true,
  createdBy: true,
  tokenType: true,
  owner: true,
  attributes: true,
  keys: { select: { keyMappingId: true, keyType: true, clientId: true }, orderBy: { keyType: 'asc' } },
} as const

export interface KeyRow {
  readonly keyMappingId: string | null
  readonly keyType: string
  readonly clientId: string | null
}

export interface ApplicationRow {
  readonly row: number
  readonly applicationId: string | null
  readonly name: string | null
  readonly throttling: string | null
  readonly description: string | null
  readonly status: string | null
  readonly createdBy: string | null
  readonly tokenType: string | null
  readonly owner: string | null
  readonly attributes: string | null
  readonly keys: readonly KeyRow[]
}

export const NEW_KEY_COLUMNS = { state: 'COMPLETED', createMode: 'CREATED', keyManager: 'Resident Key Manager' }

export function newApplicationRow(application: Application) {
  const { id, owner, ownerName, status } = application
  return { applicationId: id, owner: owner ?? null, createdBy: ownerName, status, organization: 'carbon.super', ...applicationChanges(application) }
}

export function applicationChanges({ name, throttlingPolicy, description, tokenType, attributes }: ApplicationChange) {
  return {
    ...(name !== undefined && { name }),
    ...(throttlingPolicy !== undefined && { throttling: throttlingPolicy }),
    ...(description !== undefined && { description }),
    ...(tokenType !== undefined && { tokenType }),
    ...(attributes !== undefined && { attributes: JSON.stringify(Object.fromEntries(attributes)) }),
  }
}

/** @returns undefined for a row without the id that it is asked for by. */
export function toApplication(row: ApplicationRow | null): Application | undefined {
  if (row === null || row.applicationId === null) return undefined
  return {
    id: applicationId(row.applicationId),
    name: row.name ?? '',
    owner: row.owner === null ? undefined : subject(row.owner),
    ownerName: row.createdBy ?? '',
    throttlingPolicy: row.throttling ?? '',
    description: row.description ?? '',
    // WSO2 has written DEFAULT for what was opaque.
    tokenType: (row.tokenType === 'OAUTH' || row.tokenType === 'DEFAULT' ? 'OAUTH' : 'JWT') satisfies TokenType,
    status: row.status ?? '',
    attributes: new Map(Object.entries(JSON.parse(row.attributes ?? '{}') as Record<string, string>)),
    keys: row.keys.flatMap(toKey),
  }
}

/** A key that is still asked for has no client yet. */
function toKey({ keyMappingId, keyType, clientId: id }: KeyRow): readonly ApplicationKey[] {
  if (keyMappingId === null || id === null || (keyType !== 'PRODUCTION' && keyType !== 'SANDBOX')) return []
  return [{ keyMappingId, keyType, clientId: clientId(id) }]
}
