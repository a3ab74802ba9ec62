import { CommandRefused } from '../../../errors/operational-errors.js'
import type { ActualSchema, ActualTable } from './actual-schema.js'

/** Every table that Jeton shares with WSO2 begins so. */
export const isShared = (table: string): boolean => table.startsWith('IDN_') || table.startsWith('AM_')

/** Without these there is nothing to take over. */
const REQUIRED_TABLES = [
  'IDN_OAUTH_CONSUMER_APPS',
  'IDN_OAUTH2_ACCESS_TOKEN',
  'IDN_OAUTH2_ACCESS_TOKEN_SCOPE',
  'IDN_OAUTH2_AUTHORIZATION_CODE',
] as const

/** Columns of WSO2's that came late, or that only its newest schemas have; elsewhere they are added, as Jeton's own are. */
const LATE_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  IDN_OAUTH2_ACCESS_TOKEN: ['CONSENTED_TOKEN', 'AUTHORIZED_ORGANIZATION'],
  IDN_OAUTH2_AUTHORIZATION_CODE: ['IDP_ID'],
  AM_APPLICATION: ['ORGANIZATION'],
  IDN_AUTH_SESSION_STORE: ['EXPIRY_TIME'],
  IDN_AUTH_TEMP_SESSION_STORE: ['EXPIRY_TIME'],
}

/** Columns that came so late that older schemas have another primary key in their place. Nothing here reads them: they are not added. */
const NOT_NEEDED: Readonly<Record<string, readonly string[]>> = {
  IDN_FED_AUTH_SESSION_MAPPING: ['ID', 'TENANT_ID'],
}

/** Nothing here reads them. What is WSO2's keeps them, as WSO2 may still read them; where it has none of them none is made. */
const UNREAD_INDEXES: readonly string[] = ['IDX_TC', 'IDX_AT_TI_UD', 'IDX_AT_CKID_AU_TID_UD_TSH_TS', 'IDX_IOAT_UT', 'IDX_IOAT_TSH_TS', 'IDX_ATS_TID']

/** Tables that hold nothing by which a token is judged: whatever is missing there may be added. */
const SIDE_TABLES: readonly string[] = ['IDN_OAUTH2_ACCESS_TOKEN_AUDIT', 'AM_APPLICATION', 'AM_APPLICATION_KEY_MAPPING']

/** The unique key of the token table; Jeton's rows stand beside each other because a random binding reference takes part in it. */
const UNIQUE_KEY = 'CON_APP_KEY'
const KEY_NEEDS = 'TOKEN_BINDING_REF'

/** Whether an index is left as it is, or as it is not. */
export const isUnread = (index: string): boolean => UNREAD_INDEXES.includes(index)

/** Whether the column may be added to a table that is WSO2's. */
export function mayBeAdded(table: string, column: string): boolean {
  return column.startsWith('JETON_') || column === 'PURGE_AFTER' || SIDE_TABLES.includes(table) || (LATE_COLUMNS[table]?.includes(column) ?? false)
}

/** Whether a table of WSO2's may go without the column. */
export function mayBeAbsent(table: string, column: string): boolean {
  return NOT_NEEDED[table]?.includes(column) ?? false
}

/** That these are tables of WSO2's that Jeton can work on. @throws CommandRefused `nothing_to_adopt`, `foreign_schema` */
export function checkWso2Schema({ tables }: ActualSchema): void {
  const missing = REQUIRED_TABLES.filter((table) => !tables.has(table))
  if (missing.length === REQUIRED_TABLES.length)
    throw new CommandRefused(
      'nothing_to_adopt',
      `the database has no tables of WSO2's (${REQUIRED_TABLES[0]} and others): there is nothing to take over`,
    )
  if (missing.length > 0) throw foreign(`the table ${missing[0]} is missing`)
  const tokens = tables.get('IDN_OAUTH2_ACCESS_TOKEN')
  checkUniqueKey(tokens)
  for (const [table, { columns }] of tables) {
    if (!isShared(table)) continue
    for (const [column, { isTouchedByUpdates }] of columns) {
      if (isTouchedByUpdates)
        throw foreign(
          `the column ${table}.${column} is declared ON UPDATE, so that every change of a row would change its time: take that away first`,
        )
    }
  }
}

function checkUniqueKey(tokens: ActualTable | undefined): void {
  const key = tokens?.indexes.get(UNIQUE_KEY)
  if (key?.columns.includes(KEY_NEEDS) || key === undefined) return
  throw foreign(
    `the key ${UNIQUE_KEY} of IDN_OAUTH2_ACCESS_TOKEN lacks ${KEY_NEEDS}: the schema is older than that of Identity Server 5.10 or API Manager 3.2; bring it there with WSO2's own scripts first`,
  )
}

/** The database is none of WSO2's, or is of a kind that Jeton does not know. */
export function foreign(what: string): CommandRefused {
  return new CommandRefused('foreign_schema', `the database cannot be taken over: ${what}`)
}
