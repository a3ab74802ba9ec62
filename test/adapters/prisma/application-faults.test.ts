import { applicationId, clientId } from '../../../src/model/ids.js'
import { seconds } from '../../../src/model/time.js'
import type { Stores } from '../../../src/stores/stores.js'
import { aClient, aKey, anApplication } from '../../stores/opened-stores.js'
import { sqlOn, temporaryDatabases } from './temporary-database.js'

const databases = temporaryDatabases()
afterEach(() => databases.closeAll())

const TABLES = ['AM_APPLICATION', 'AM_APPLICATION_KEY_MAPPING', 'IDN_OAUTH_CONSUMER_APPS', 'JETON_REVOCATION', 'JETON_HEAD']
const ID = applicationId('application-1')
const LIFETIMES = { userAccessToken: seconds(9999), refreshToken: seconds(99_999) }

const VERBS: Readonly<Record<string, (stores: Stores) => Promise<unknown>>> = {
  'a key that is added, with its client': ({ applications }) =>
    applications.addKey(ID, aKey('client-3', 'SANDBOX'), aClient('client-3', { lifetimes: LIFETIMES })),
  'an application that moves to the other kind of token': ({ applications }) => applications.update(ID, { tokenType: 'OAUTH', name: 'x' }),
  'an application that is deleted': ({ applications }) => applications.remove(ID),
  'a client that moves with its application': ({ clients }) => clients.moveTo('OAUTH', [clientId('client-1')]),
  'a client that is deleted, and is no key any more': ({ clients }) => clients.remove(clientId('client-1')),
  'a client that gets lifetimes': ({ clients }) => clients.update(clientId('client-1'), { lifetimes: LIFETIMES }),
}

describe('A failure before any one statement leaves all or nothing', () => {
  it.each(Object.keys(VERBS))(
    'of %s',
    async (name) => {
      const file = databases.newFile()
      let left = Number.POSITIVE_INFINITY
      const onStatement = (): void => {
        left -= 1
        if (left === 0) throw new Error('the power fails')
      }
      const stores = await databases.open({ file, onStatement })
      await stores.applications.create(anApplication())
      await stores.applications.addKey(ID, aKey('client-1', 'PRODUCTION'), aClient('client-1'))
      const contents = () => sqlOn(file, (sql) => TABLES.map((table) => sql.prepare(`SELECT * FROM ${table}`).all()))
      const before = contents()
      for (let statement = 1; ; statement += 1) {
        left = statement
        const isDone = await (VERBS[name]?.(stores) ?? Promise.reject(new Error('no such verb'))).then(
          () => true,
          () => false,
        )
        const isReached = left <= 0
        left = Number.POSITIVE_INFINITY
        if (isDone) {
          expect(isReached).toBe(false)
          expect(statement).toBeGreaterThan(3)
          expect(contents()).not.toEqual(before)
          return
        }
        expect(contents()).toEqual(before)
      }
    },
    60_000,
  )
})
