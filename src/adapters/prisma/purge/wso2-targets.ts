import { CommandRefused } from '../../../errors/operational-errors.js'
import type { Seconds } from '../../../model/time.js'
import type { PurgeTarget } from '../../../stores/purge-target.js'
import type { DatabaseSession } from '../database-session.js'
import { isWso2Token, reasonOfCibaCode, reasonOfCode, reasonOfDeviceCode, reasonOfPushedRequest, reasonOfWso2Token } from '../sql/wso2-purge-rules.js'
import { BESIDE_TOKENS, isMadeHere } from './delete-tokens.js'
import type { PresentTables } from './present-tables.js'
import type { WalkedTable } from './walked-table.js'
import { createWalkedTarget } from './walked-target.js'

interface Wso2Table extends Omit<WalkedTable, 'unfit'> {
  /** The columns that its rule reads. */
  readonly columns: readonly string[]
  /** Made by Jeton's own migrations where WSO2 has not. */
  readonly isAlwaysThere?: true
}

const TABLES: readonly Wso2Table[] = [
  {
    name: 'wso2 tokens',
    table: 'IDN_OAUTH2_ACCESS_TOKEN',
    key: 'TOKEN_ID',
    link: 'TOKEN_ID',
    related: BESIDE_TOKENS.map((table) => ({ table, column: 'TOKEN_ID' })),
    only: isWso2Token,
    isJudgedAlone: true,
    reason: reasonOfWso2Token,
    columns: ['TOKEN_STATE', 'TIME_CREATED', 'VALIDITY_PERIOD', 'REFRESH_TOKEN_TIME_CREATED', 'REFRESH_TOKEN_VALIDITY_PERIOD', 'REFRESH_TOKEN_HASH'],
    isAlwaysThere: true,
  },
  {
    name: 'authorization codes',
    table: 'IDN_OAUTH2_AUTHORIZATION_CODE',
    key: 'CODE_ID',
    link: 'CODE_ID',
    related: [{ table: 'IDN_OAUTH2_AUTHZ_CODE_SCOPE', column: 'CODE_ID' }],
    isJudgedAlone: false,
    reason: reasonOfCode,
    columns: ['STATE', 'TOKEN_ID', 'TIME_CREATED', 'VALIDITY_PERIOD'],
    isAlwaysThere: true,
  },
  {
    name: 'device codes',
    table: 'IDN_OAUTH2_DEVICE_FLOW',
    key: 'DEVICE_CODE',
    link: 'CODE_ID',
    related: [{ table: 'IDN_OAUTH2_DEVICE_FLOW_SCOPES', column: 'SCOPE_ID' }],
    isJudgedAlone: true,
    reason: reasonOfDeviceCode,
    columns: ['CODE_ID', 'STATUS', 'EXPIRY_TIME'],
  },
  {
    name: 'backchannel requests',
    table: 'IDN_OAUTH2_CIBA_AUTH_CODE',
    key: 'AUTH_CODE_KEY',
    link: 'AUTH_CODE_KEY',
    related: [{ table: 'IDN_OAUTH2_CIBA_REQUEST_SCOPES', column: 'AUTH_CODE_KEY' }],
    isJudgedAlone: true,
    reason: reasonOfCibaCode,
    columns: ['AUTH_REQ_STATUS', 'ISSUED_TIME', 'EXPIRES_IN'],
  },
  {
    name: 'pushed requests',
    table: 'IDN_OAUTH_PAR',
    key: 'REQ_URI_REF',
    link: 'REQ_URI_REF',
    related: [],
    isJudgedAlone: true,
    reason: reasonOfPushedRequest,
    columns: ['SCHEDULED_EXPIRY'],
  },
]

/** Rows of WSO2's in the tables that are there. */
export function createWso2Targets(session: DatabaseSession, present: PresentTables, replayMemory: Seconds): readonly PurgeTarget[] {
  const there = TABLES.filter(({ table, isAlwaysThere }) => isAlwaysThere || present.has(table))
  return there.map((table) => createWalkedTarget(session, fitted(table, present), replayMemory))
}

/** As it is in this database: without related tables that are not there, and with what is wrong with it. */
function fitted({ columns, ...walked }: Wso2Table, present: PresentTables): WalkedTable {
  const has = (table: string, column: string): boolean => present.get(table)?.has(column) === true
  const missing = present.has(walked.table) ? [walked.key, walked.link, ...columns].find((column) => !has(walked.table, column)) : undefined
  return {
    ...walked,
    related: walked.related.filter(({ table, column }) => has(table, column) || isMadeHere(table)),
    ...(missing && { unfit: unfit(walked.table, missing) }),
  }
}

/** Rather than to guess what the rows mean. */
export function unfit(table: string, column: string): CommandRefused {
  return new CommandRefused('unknown_table_form', `the table ${table} has no column ${column}: its rows cannot be judged, so nothing of it is purged`)
}
