import { tsImport } from 'tsx/esm/api'

// The same rows and the same judge as in the tests of the purge.
const { insertRows, judgeRows } = await tsImport('../../test/purge/wso2-rows.ts', import.meta.url)

const ROW_ENGINES = { sqlite: 'sqlite', postgres: 'postgresql', mysql: 'mysql' }
const ROWS_A_STATEMENT = 100_000

/** What seeding has left to be written is nobody's who is measured. */
const SETTLING = {
  sqlite: [],
  postgres: ['VACUUM ANALYZE IDN_OAUTH2_ACCESS_TOKEN', 'CHECKPOINT'],
  mysql: ['FLUSH TABLES IDN_OAUTH2_ACCESS_TOKEN, IDN_OAUTH2_ACCESS_TOKEN_SCOPE FOR EXPORT; UNLOCK TABLES'],
}

/** Fills a migrated database with `count` tokens of WSO2's, in every state, one in ten of which has to stay. */
export async function seedTokens({ database, client }, count, progress = () => undefined) {
  await client.$executeRawUnsafe("INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, APP_NAME) VALUES ('wso2', 'wso2')")
  for (let from = 1; from <= count; from += ROWS_A_STATEMENT) {
    const rows = { from, count: Math.min(ROWS_A_STATEMENT, count - from + 1) }
    for (const statement of insertRows(ROW_ENGINES[database.name], rows)) await client.$executeRawUnsafe(statement)
    progress(rows.from + rows.count - 1)
  }
  for (const statement of SETTLING[database.name]) await client.$executeRawUnsafe(statement)
}

/** What a judge says of each row who reads one at a time and knows nothing of SQL: the ids that have to stay, and those that may go. */
export async function judgeTokens({ database, client }) {
  const verdicts = await judgeRows(ROW_ENGINES[database.name], (statement) => client.$queryRawUnsafe(statement))
  const [stays, goes] = [[], []]
  for (const [id, verdict] of verdicts) (verdict === 'stays' ? stays : goes).push(id)
  return { stays, goes }
}

/** Scopes of tokens that are not there, and tokens without a scope: each token had one at least. */
export async function countTornRows({ client }) {
  const count = async (sql) => Number(Object.values((await client.$queryRawUnsafe(sql))[0])[0])
  return {
    orphanScopes: await count(
      'SELECT COUNT(*) FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE S WHERE NOT EXISTS (SELECT 1 FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T.TOKEN_ID = S.TOKEN_ID)',
    ),
    tokensWithoutScope: await count(
      'SELECT COUNT(*) FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE NOT EXISTS (SELECT 1 FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE S WHERE S.TOKEN_ID = T.TOKEN_ID)',
    ),
  }
}

/** Nothing but deletions by key, one batch a commit, the scopes by the table's own cascade: what no purge of these rows can do without. */
export async function deletePlainly({ client }, ids, batch) {
  const startedAt = performance.now()
  for (let from = 0; from < ids.length; from += batch) {
    const keys = ids
      .slice(from, from + batch)
      .map((id) => `'${id}'`)
      .join(',')
    await client.$executeRawUnsafe(`DELETE FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID IN (${keys})`)
  }
  return ids.length / ((performance.now() - startedAt) / 1000)
}
