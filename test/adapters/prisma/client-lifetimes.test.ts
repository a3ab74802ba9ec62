import { LONGEST_LIFETIME } from '../../../src/model/client.js'
import { clientId } from '../../../src/model/ids.js'
import { seconds } from '../../../src/model/time.js'
import { aClient } from '../../stores/opened-stores.js'
import { sqlOn, temporaryDatabases } from './temporary-database.js'

const databases = temporaryDatabases()
afterEach(() => databases.closeAll())

describe('Lifetimes that somebody else has written into the table of clients', () => {
  async function openWith(columns: string) {
    const file = databases.newFile()
    const database = await databases.open({ file })
    await database.clients.create(aClient('client-1'))
    sqlOn(file, (sql) => sql.exec(`UPDATE IDN_OAUTH_CONSUMER_APPS SET ${columns}`))
    return database
  }

  it('are those of the client, and are recorded as in force with the next ones', async () => {
    const { clients, heads } = await openWith('APP_ACCESS_TOKEN_EXPIRE_TIME = 7200, REFRESH_TOKEN_EXPIRE_TIME = 84600')
    expect((await clients.find(clientId('client-1')))?.lifetimes).toEqual({ applicationAccessToken: 7200, refreshToken: 84_600 })
    await heads.raiseLifetimes(seconds(3600), seconds(3600))
    expect(await heads.read()).toMatchObject({ longestAccessLifetime: 7200, longestRefreshLifetime: 84_600 })
  })

  it('stay to the letter where a change does not name them, and count as ten years at most', async () => {
    const { clients, heads } = await openWith('USER_ACCESS_TOKEN_EXPIRE_TIME = 9223372036854775807, APP_ACCESS_TOKEN_EXPIRE_TIME = -1')
    await clients.update(clientId('client-1'), { name: 'x' })
    expect((await clients.find(clientId('client-1')))?.lifetimes).toEqual({ userAccessToken: LONGEST_LIFETIME })
    await heads.raiseLifetimes(seconds(1), seconds(1))
    expect(await heads.read()).toMatchObject({ longestAccessLifetime: LONGEST_LIFETIME, longestRefreshLifetime: 1 })
  })
})
