import { readActualSchema } from '../../src/adapters/prisma/adopt/actual-schema.js'
import { applyFitted } from '../../src/adapters/prisma/adopt/apply-fitted.js'
import { openMysql } from '../../src/adapters/prisma/engines/mysql-engine.js'
import { openPostgresql } from '../../src/adapters/prisma/engines/postgresql-engine.js'
import { seconds } from '../../src/model/time.js'
import { describeOnEngines, type ServerEngine } from './server-engine.js'
import { createWso2Database, type Wso2Database } from './wso2-database.js'

const LATER = `ALTER TABLE IDN_OAUTH2_ACCESS_TOKEN_AUDIT ADD COLUMN JETON_LATER VARCHAR(25);
ALTER TABLE JETON_REVOCATION ADD COLUMN LATER BIGINT;
CREATE INDEX IDX_JETON_LATER ON IDN_OAUTH2_ACCESS_TOKEN_AUDIT (JETON_LATER);
CREATE INDEX IDX_JETON_REVOCATION_ID ON JETON_REVOCATION (KIND, ID);
`

/** A database of WSO2's whose audit lies in partitions. */
await describeOnEngines('A database that was taken over, in partitions', ['postgresql', 'mysql'], (engine) => {
  let wso2: Wso2Database
  beforeEach(async () => {
    wso2 = await createWso2Database(engine as ServerEngine)
  }, 30_000)
  afterEach(() => wso2.drop())

  it('has every row as WSO2 wrote it, takes those that WSO2 writes, and takes later migrations', async () => {
    const before = await wso2.checksum()
    const database = await wso2.open()
    await database.adopt()
    expect((await database.partitions.move(() => undefined)).map(({ moved }) => moved)).toEqual([true, true])
    expect(await wso2.checksum()).toBe(before)
    expect(await database.adopt()).toEqual({ applied: [], pending: [] })

    const opened = await (engine === 'mysql' ? openMysql({ engine, url: wso2.url }) : openPostgresql({ engine: 'postgresql', url: wso2.url }))
    try {
      const schema = await opened.withMigrationConnection(async (connection) => {
        await applyFitted(connection, { name: '29990101000000_later', sql: LATER, checksum: 'x' })
        return readActualSchema(connection)
      })
      const audit = schema.tables.get('IDN_OAUTH2_ACCESS_TOKEN_AUDIT')
      expect([audit?.columns.has('JETON_LATER'), audit?.indexes.has('IDX_JETON_LATER')]).toEqual([true, true])
      expect(schema.tables.get('JETON_REVOCATION')?.columns.has('LATER')).toBe(true)
    } finally {
      await opened.close()
    }
    await wso2.sql(`INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_AUDIT (TOKEN_ID, TOKEN_STATE) VALUES ('written by WSO2', 'INACTIVE')`)
    for (const target of database.purgeTargets.filter(({ name }) => name === 'audit'))
      await target.deleteBatch({ limit: 100, after: null, safePeriod: seconds(0) })
    expect(await wso2.sql(`SELECT TOKEN_STATE AS a FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT WHERE TOKEN_ID = 'written by WSO2'`)).toEqual([
      { a: 'INACTIVE' },
    ])
  }, 60_000)
})
