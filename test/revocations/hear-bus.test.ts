import { createMemoryBus } from '../../src/adapters/memory/memory-bus.js'
import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import type { BusinessEvent } from '../../src/model/event.js'
import { clientId, grantId, subject, tokenId } from '../../src/model/ids.js'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import { LogFollower } from '../../src/revocations/follow-log.js'
import { createBusListener } from '../../src/revocations/hear-bus.js'
import type { ChangeHeads, Heads } from '../../src/stores/change-heads.js'
import { createRevocationSet } from '../../src/verification/revocation-set.js'
import { StillClock } from '../still-clock.js'

const settings = { maxStaleness: seconds(300), maxClockSkew: seconds(5) }

/** Some nodes on one database and one bus. */
async function createStage() {
  const clock = new StillClock()
  const database = createMemoryDatabase(clock, { keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
  await database.heads.raiseLifetimes(seconds(3600), seconds(86_400))
  const bus = createMemoryBus()

  async function join() {
    const set = createRevocationSet()
    const [published, heads, events]: [number[], Heads[], BusinessEvent[]] = [[], [], []]
    let [polls, isAway] = [0, false]
    const changeHeads: ChangeHeads = {
      ...database.heads,
      async read() {
        polls += 1
        if (isAway) throw new StoreUnavailable('database')
        return database.heads.read()
      },
    }
    const listener = {
      onEntries: (entries: readonly RevocationEntry[]) => void published.push(...entries.map(({ seq }) => seq)),
      onRestart: () => void published.push(0),
      onHeads: (seen: Heads) => void heads.push(seen),
      onRestoredDatabase: () => undefined,
    }
    const follower = new LogFollower({ log: database.revocations, changeHeads, set, clock, listener, nextTurn: async () => undefined }, settings)
    await follower.poll()
    polls = 0
    const [own, onBus] = [bus.join(), createBusListener({ follower, clock, events: (event) => void events.push(event) })]
    own.listen(onBus)
    await turns()
    polls = 0
    const commit = async (id: string): Promise<readonly RevocationEntry[]> => {
      const entries = await database.revocations.append([{ kind: 'grant', id: grantId(id) }])
      follower.include(entries)
      return entries
    }
    return {
      follower,
      own,
      onBus,
      published,
      heads,
      events,
      polls: () => polls,
      setAway: (away: boolean) => {
        isAway = away
      },
      commit,
      revoke: async (id: string) => own.publish(follower.heads().epoch, await commit(id)),
      isRefused: (id: string) => set.refusal(tokenOf(id)) !== undefined,
    }
  }
  return { clock, database, bus, join }
}

const tokenOf = (id: string) => ({
  tokenId: tokenId('t'),
  grantId: grantId(id),
  keyId: undefined,
  clientId: clientId('c'),
  subject: subject('s'),
  authorizedType: 'APPLICATION' as const,
  grantedAt: epochSeconds(0),
})

/** Until everything that is under way in memory has been done. */
const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

describe('a node that hears the others', () => {
  it('refuses what another node has revoked without asking the database', async () => {
    const stage = await createStage()
    const [one, two] = [await stage.join(), await stage.join()]
    await one.revoke('a')
    await one.revoke('b')
    await turns()
    expect([two.isRefused('a'), two.isRefused('b'), two.isRefused('c')]).toEqual([true, true, false])
    expect(two.published).toEqual([1, 2])
    expect(two.polls()).toBe(0)
  })

  it('never takes the word of the bus for how far the log has come', async () => {
    const stage = await createStage()
    const [one, two] = [await stage.join(), await stage.join()]
    const before = [two.follower.confirmedAtMs, two.follower.heads()]
    stage.clock.advance(10)
    await one.revoke('a')
    await turns()
    expect([two.follower.confirmedAtMs, two.follower.heads()]).toEqual(before)
  })

  it('reads a gap from the database at once, and tells its gateways of it in order', async () => {
    const stage = await createStage()
    const [one, two] = [await stage.join(), await stage.join()]
    await one.commit('lost')
    await one.revoke('b')
    await turns()
    expect([two.isRefused('lost'), two.isRefused('b')]).toEqual([true, true])
    expect(two.published).toEqual([1, 2])
  })

  it('refuses what comes after a gap although the database is away, and reads the gap when it is back', async () => {
    const stage = await createStage()
    const [one, two] = [await stage.join(), await stage.join()]
    two.setAway(true)
    await one.commit('lost')
    await one.revoke('b')
    await turns()
    expect([two.isRefused('lost'), two.isRefused('b')]).toEqual([false, true])
    expect(two.published).toEqual([])
    expect(two.events).toEqual([{ type: 'store_unavailable', store: 'database', cause: undefined }])
    two.setAway(false)
    await one.revoke('c')
    await turns()
    expect(two.published).toEqual([1, 2, 3])
  })

  it('passes over what it knows, so that an old message which comes again cannot undo anything', async () => {
    const stage = await createStage()
    const [one, two] = [await stage.join(), await stage.join()]
    const entries = await one.commit('a')
    await two.follower.poll()
    const polls = two.polls()
    const old = entries.map((entry) => ({ ...entry, id: 'of-somebody-else' }))
    two.onBus.onEntries(two.follower.heads().epoch, old)
    await turns()
    expect(two.isRefused('of-somebody-else')).toBe(false)
    expect(two.published).toEqual([1])
    expect(two.polls()).toBe(polls)
  })

  it('takes the new part of a message that it knows in part', async () => {
    const stage = await createStage()
    const [one, two] = [await stage.join(), await stage.join()]
    const first = await one.commit('a')
    await two.follower.poll()
    const polls = two.polls()
    two.onBus.onEntries(two.follower.heads().epoch, [...first, ...(await one.commit('b'))])
    expect(two.isRefused('b')).toBe(true)
    expect(two.published).toEqual([1, 2])
    expect(two.polls()).toBe(polls)
  })

  it('takes nothing of another epoch, and asks the database', async () => {
    const stage = await createStage()
    const two = await stage.join()
    const [entry] = await (await stage.join()).commit('a')
    const stranger = entry === undefined ? [] : [{ ...entry, id: 'stranger' }]
    two.onBus.onEntries(two.follower.heads().epoch + 1, stranger)
    await turns()
    expect([two.isRefused('stranger'), two.isRefused('a')]).toEqual([false, true])
    expect(two.polls()).toBe(1)
  })

  it('reads again what another node has changed', async () => {
    const stage = await createStage()
    const [one, two] = [await stage.join(), await stage.join()]
    one.own.changed('clients')
    await turns()
    expect(two.polls()).toBe(1)
  })

  it('asks the database at once when the bus is back, for what was said meanwhile', async () => {
    const stage = await createStage()
    const [one, two] = [await stage.join(), await stage.join()]
    stage.bus.set('down')
    await one.revoke('a')
    await turns()
    expect([two.isRefused('a'), two.polls()]).toEqual([false, 0])
    stage.bus.set('up')
    await turns()
    expect([two.isRefused('a'), two.polls()]).toEqual([true, 1])
  })

  it('asks once more after a reading that was under way before it heard', async () => {
    const stage = await createStage()
    const [one, two] = [await stage.join(), await stage.join()]
    const reading = two.follower.poll()
    stage.clock.advance(1)
    one.own.changed('users')
    await reading
    await turns()
    expect(two.polls()).toBe(2)
  })

  it('asks the database one by one, however much is said', async () => {
    const stage = await createStage()
    const two = await stage.join()
    for (let message = 0; message < 1000; message += 1) two.onBus.onChanged('keys')
    await turns()
    expect(two.polls()).toBeLessThanOrEqual(2)
  })
})
