import type { MigrationConnection } from '../migrate.js'
import { readActualSchema } from './actual-schema.js'

/** For tokens that are stored without their hash, as very old versions did: WSO2 has no index to find them by. */
const INDEXES = {
  postgresql: [
    'CREATE INDEX IDX_JETON_AT_PLAIN ON IDN_OAUTH2_ACCESS_TOKEN USING HASH (ACCESS_TOKEN)',
    'CREATE INDEX IDX_JETON_AT_RT_PLAIN ON IDN_OAUTH2_ACCESS_TOKEN USING HASH (REFRESH_TOKEN)',
  ],
  mysql: [
    'CREATE INDEX IDX_JETON_AT_PLAIN ON IDN_OAUTH2_ACCESS_TOKEN (ACCESS_TOKEN(64))',
    'CREATE INDEX IDX_JETON_AT_RT_PLAIN ON IDN_OAUTH2_ACCESS_TOKEN (REFRESH_TOKEN(64))',
  ],
} as const

const UNHASHED = `SELECT 1 AS found FROM IDN_OAUTH2_ACCESS_TOKEN
WHERE (ACCESS_TOKEN_HASH IS NULL AND ACCESS_TOKEN IS NOT NULL) OR (REFRESH_TOKEN_HASH IS NULL AND REFRESH_TOKEN IS NOT NULL) LIMIT 1`

/** Only where there are any; otherwise nothing of this is ever asked for. */
export async function indexUnhashedTokens(connection: MigrationConnection): Promise<void> {
  const { engine, rows, script } = connection
  if (engine === 'sqlite' || (await rows(UNHASHED)).length === 0) return
  const indexes = (await readActualSchema(connection)).tables.get('IDN_OAUTH2_ACCESS_TOKEN')?.indexes
  for (const sql of INDEXES[engine]) {
    const [, name = ''] = /^CREATE INDEX (\w+)/.exec(sql) ?? []
    if (!indexes?.has(name)) await script(sql)
  }
  await script('UPDATE JETON_ADOPTION SET UNHASHED_TOKENS = 1 WHERE ID = 1')
}
