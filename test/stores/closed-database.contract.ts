import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { applicationId, clientId, grantId, userId } from '../../src/model/ids.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import {
  aClient,
  aKey,
  anApplication,
  aStep,
  aStoredToken,
  aUser,
  countRows,
  hash,
  named,
  type OpenStores,
  purgeRows,
  storeBeside,
} from './opened-stores.js'

/** A database that cannot answer says so; it never says "there is none". */
export function closedDatabaseContract(name: string, open: OpenStores): void {
  describe(`A closed database (${name})`, () => {
    it('answers nothing at all, and every refusal is StoreUnavailable', async () => {
      const stores = await open()
      await stores.close()
      const { clients, applications, users, keys, grants, storedTokens, revocations, outbox, heads } = stores
      const { leases, nodes, status, purgeRuns, purgeTargets } = stores
      const lease = { name: 'n', holder: 'h', fence: 1 }
      const { generation, refreshIssuedAt, refreshExpiresAt, ...successor } = aStoredToken(epochSeconds(1))
      const calls: readonly (() => Promise<unknown>)[] = [
        () => clients.find(clientId('c')),
        () => clients.list('', 1),
        () => clients.isEmpty(),
        () => clients.create(aClient()),
        () => clients.update(clientId('c'), { name: 'n' }),
        () => clients.moveTo('JWT', [clientId('c')]),
        () => clients.remove(clientId('c')),
        () => applications.find(applicationId('a')),
        () => applications.list({ owner: undefined, name: undefined, sortBy: 'name', descending: false, offset: 0, limit: 1 }),
        () => applications.create(anApplication()),
        () => applications.update(applicationId('a'), { name: 'n' }),
        () => applications.addKey(applicationId('a'), aKey(), aClient()),
        () => applications.remove(applicationId('a')),
        () => users.find(userId('u')),
        () => users.findByName('n'),
        () => users.list('', 1),
        () => users.create(aUser()),
        () => users.update(userId('u'), { state: 'disabled' }),
        () => users.remove(userId('u')),
        () => keys.list(),
        () => keys.apply(0, {}),
        () => grants.advance(aStep()),
        () => grants.advanceMany([aStep()]),
        () => grants.find(grantId('g')),
        () => grants.judge(grantId('g'), 0, aStep()),
        () => storeBeside({ storedTokens }, aStoredToken(epochSeconds(1))),
        () => storedTokens.findByAccessToken(hash('a')),
        () => storedTokens.findByRefreshToken(named('a')),
        () => storedTokens.replace(aStep(), successor, 'beside'),
        () => outbox.position('n'),
        () => outbox.move(lease, { seq: 1, late: [] }),
        () => outbox.since({ seq: 0, limit: 1 }),
        () => outbox.at([1]),
        () => revocations.append([{ kind: 'all' }]),
        () => revocations.since(0, 1),
        () => heads.read(),
        () => heads.raiseLifetimes(seconds(1), seconds(1)),
        () => heads.startEpoch(0, 0),
        () => leases.take('n', 'h', seconds(1)),
        () => leases.renew(lease, seconds(1)),
        () => leases.release(lease),
        () => nodes.announce('n', 1),
        () => nodes.list(seconds(1)),
        () => purgeRuns.record({ target: 't', deleted: 0, byReason: {}, batches: 1, seconds: 0, remaining: 0 }),
        () => purgeRuns.list(),
        () => purgeRuns.place('t'),
        () => stores.keptRows.databaseId(),
        () => stores.keptRows.newestRun(),
        () => stores.keptRows.list('r', 0, 1),
        () => stores.keptRows.putBack('JETON_GRANT', [{ table: 'JETON_GRANT', values: { GRANT_ID: 'g' } }], { dryRun: true }),
        () => status.replicationLag(),
        () => status.commits(),
        () => status.migrations(),
        () => status.storedTokens(100),
        ...purgeTargets.flatMap((target) => [() => countRows(target), () => purgeRows(target, 1)]),
      ]
      for (const call of calls) await expect(call()).rejects.toBeInstanceOf(StoreUnavailable)
    })
  })
}
