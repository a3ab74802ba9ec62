/** How rows of a table find their place again. Keys begin with a column that an index has. */
export interface RestorableTable {
  readonly key: readonly string[]
  /** Its application: a column here, and what it has there. */
  readonly client?: { readonly column: string; readonly of: 'ID' | 'CONSUMER_KEY' }
  /** The row that it belongs to. */
  readonly parent?: { readonly column: string; readonly table: string; readonly of: string }
}

const byRow = { column: 'CONSUMER_KEY_ID', of: 'ID' } as const
const ofToken = { column: 'TOKEN_ID', table: 'IDN_OAUTH2_ACCESS_TOKEN', of: 'TOKEN_ID' } as const

export const RESTORABLE: Readonly<Record<string, RestorableTable>> = {
  IDN_OAUTH2_ACCESS_TOKEN: { key: ['TOKEN_ID'], client: byRow },
  IDN_OAUTH2_ACCESS_TOKEN_SCOPE: { key: ['TOKEN_ID', 'TOKEN_SCOPE'], parent: ofToken },
  IDN_OAUTH2_TOKEN_BINDING: { key: ['TOKEN_ID', 'TOKEN_BINDING_TYPE', 'TOKEN_BINDING_VALUE'], parent: ofToken },
  IDN_OAUTH2_ACCESS_TOKEN_EXTENDED: { key: ['TOKEN_ID'], parent: ofToken },
  IDN_OAUTH2_ACCESS_TOKEN_AUDIT: { key: ['ID'] },
  IDN_OAUTH2_AUTHORIZATION_CODE: { key: ['CODE_ID'], client: byRow },
  IDN_OAUTH2_AUTHZ_CODE_SCOPE: {
    key: ['CODE_ID', 'SCOPE'],
    parent: { column: 'CODE_ID', table: 'IDN_OAUTH2_AUTHORIZATION_CODE', of: 'CODE_ID' },
  },
  IDN_OAUTH2_DEVICE_FLOW: { key: ['DEVICE_CODE'], client: byRow },
  IDN_OAUTH2_DEVICE_FLOW_SCOPES: { key: ['ID'], parent: { column: 'SCOPE_ID', table: 'IDN_OAUTH2_DEVICE_FLOW', of: 'CODE_ID' } },
  IDN_OAUTH2_CIBA_AUTH_CODE: { key: ['AUTH_CODE_KEY'], client: { column: 'CONSUMER_KEY', of: 'CONSUMER_KEY' } },
  IDN_OAUTH2_CIBA_REQUEST_SCOPES: {
    key: ['AUTH_CODE_KEY', 'SCOPE'],
    parent: { column: 'AUTH_CODE_KEY', table: 'IDN_OAUTH2_CIBA_AUTH_CODE', of: 'AUTH_CODE_KEY' },
  },
  IDN_OAUTH_PAR: { key: ['REQ_URI_REF'] },
  IDN_AUTH_SESSION_STORE: { key: ['SESSION_ID', 'SESSION_TYPE', 'TIME_CREATED', 'OPERATION'] },
  IDN_AUTH_TEMP_SESSION_STORE: { key: ['SESSION_ID', 'SESSION_TYPE', 'TIME_CREATED', 'OPERATION'] },
  JETON_GRANT: { key: ['GRANT_ID'] },
  JETON_REVOCATION: { key: ['SEQ'] },
}
