import { seconds } from '../../../../src/model/time.js'
import { sqlOn, temporaryDatabases } from '../temporary-database.js'

const databases = temporaryDatabases()
afterAll(() => databases.closeAll())

const SCHEMA = `
  CREATE TABLE IDN_OAUTH2_DEVICE_FLOW (CODE_ID VARCHAR(255), DEVICE_CODE VARCHAR(255) PRIMARY KEY, EXPIRY_TIME TIMESTAMP, STATUS VARCHAR(25));
  CREATE TABLE IDN_OAUTH2_DEVICE_FLOW_SCOPES (ID INTEGER PRIMARY KEY, SCOPE_ID VARCHAR(255), SCOPE VARCHAR(255));
  CREATE TABLE IDN_OAUTH2_CIBA_AUTH_CODE (AUTH_CODE_KEY CHAR(36) PRIMARY KEY, ISSUED_TIME TIMESTAMP, EXPIRES_IN INTEGER, AUTH_REQ_STATUS VARCHAR(100));
  CREATE TABLE IDN_OAUTH2_CIBA_REQUEST_SCOPES (AUTH_CODE_KEY CHAR(36), SCOPE VARCHAR(255));
  CREATE TABLE IDN_OAUTH_PAR (REQ_URI_REF VARCHAR(255) PRIMARY KEY, SCHEDULED_EXPIRY BIGINT);`

const ROWS = `
  INSERT INTO IDN_OAUTH2_DEVICE_FLOW VALUES
    ('1', 'waits', DATETIME('now', '+5 minutes'), 'PENDING'), ('2', 'just over', DATETIME('now', '-1 hour'), 'PENDING'),
    ('3', 'over', DATETIME('now', '-3 hours'), 'CONSUMED'), (NULL, 'expired', DATETIME('now', '+5 minutes'), 'EXPIRED');
  INSERT INTO IDN_OAUTH2_DEVICE_FLOW_SCOPES VALUES (1, '1', 'a'), (2, '3', 'a'), (3, '3', 'b');
  INSERT INTO IDN_OAUTH2_CIBA_AUTH_CODE VALUES
    ('waits', DATETIME('now'), 120, 'REQUESTED'), ('just over', DATETIME('now', '-1 hour'), 120, 'REQUESTED'),
    ('over', DATETIME('now', '-3 hours'), 120, 'AUTHENTICATED'), ('issued', DATETIME('now'), 120, 'TOKEN_ISSUED'), ('failed', DATETIME('now'), 120, 'FAILED');
  INSERT INTO IDN_OAUTH2_CIBA_REQUEST_SCOPES VALUES ('waits', 'a'), ('issued', 'a');
  INSERT INTO IDN_OAUTH_PAR VALUES ('waits', unixepoch() * 1000), ('over', unixepoch() * 1000 - 7300000);`

const NEEDS = { limit: 10, after: null, safePeriod: seconds(7200) }

describe('the tables for codes that only some of the products have', () => {
  it('are purged where they are there, with what belongs to their rows', async () => {
    const file = databases.newFile()
    await databases.open({ file })
    sqlOn(file, (database) => database.exec(SCHEMA + ROWS))
    const { purgeTargets } = await databases.open({ file })
    const purge = async (name: string) => (await purgeTargets.find((target) => target.name === name)?.deleteBatch(NEEDS))?.deleted
    expect(await purge('device codes')).toEqual({ expired: 2 })
    expect(await purge('backchannel requests')).toEqual({ expired: 1, inactive: 2 })
    expect(await purge('pushed requests')).toEqual({ expired: 1 })
    const left = sqlOn(file, (database) =>
      ['DEVICE_CODE FROM IDN_OAUTH2_DEVICE_FLOW', 'SCOPE_ID FROM IDN_OAUTH2_DEVICE_FLOW_SCOPES', 'AUTH_CODE_KEY FROM IDN_OAUTH2_CIBA_AUTH_CODE']
        .concat(['AUTH_CODE_KEY FROM IDN_OAUTH2_CIBA_REQUEST_SCOPES', 'REQ_URI_REF FROM IDN_OAUTH_PAR'])
        .map((what) => database.prepare(`SELECT ${what} ORDER BY 1`).raw().all().flat()),
    )
    expect(left).toEqual([['just over', 'waits'], ['1'], ['just over', 'waits'], ['waits'], ['waits']])
  })

  it('are no targets where they are not there', async () => {
    const { purgeTargets } = await databases.open()
    expect(purgeTargets.map(({ name }) => name)).not.toContain('device codes')
  })

  it('are not touched where a column is missing or has another name, and it is said which', async () => {
    const file = databases.newFile()
    await databases.open({ file })
    sqlOn(file, (database) =>
      database.exec(`${SCHEMA}${ROWS} ALTER TABLE IDN_OAUTH2_CIBA_AUTH_CODE RENAME COLUMN AUTH_REQ_STATUS TO AUTHENTICATION_STATUS`),
    )
    const { purgeTargets } = await databases.open({ file })
    const target = purgeTargets.find(({ name }) => name === 'backchannel requests')
    expect(target?.unfit?.message).toContain('IDN_OAUTH2_CIBA_AUTH_CODE has no column AUTH_REQ_STATUS')
    await expect(target?.deleteBatch(NEEDS)).rejects.toMatchObject({ code: 'unknown_table_form' })
    await expect(target?.count(NEEDS)).rejects.toMatchObject({ code: 'unknown_table_form' })
  })
})
