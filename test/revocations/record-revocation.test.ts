import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import { Overloaded, StoreUnavailable } from '../../src/errors/operational-errors.js'
import type { BusinessEvent } from '../../src/model/event.js'
import { grantId } from '../../src/model/ids.js'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { seconds } from '../../src/model/time.js'
import { createRevocationRecorder } from '../../src/revocations/record-revocation.js'
import type { NewRevocation } from '../../src/stores/revocation-log.js'
import { StillClock } from '../still-clock.js'

function createFixture(maxQueue = 2000) {
  const database = createMemoryDatabase(new StillClock(), { keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
  const commits: number[] = []
  const log = {
    ...database.revocations,
    append(batch: readonly NewRevocation[]) {
      commits.push(batch.length)
      return database.revocations.append(batch)
    },
  }
  const [included, events]: [RevocationEntry[], BusinessEvent[]] = [[], []]
  const include = (entries: readonly RevocationEntry[]) => void included.push(...entries)
  const recorder = createRevocationRecorder({ log, include, events: (event) => void events.push(event), nextTurn: async () => undefined }, maxQueue)
  return { database, recorder, commits, included, events }
}

const ofGrant = (id: number): NewRevocation => ({ kind: 'grant', id: grantId(`grant-${id}`) })

describe('a recorded revocation', () => {
  it('is in the log and known to this process before its caller is answered, and announced', async () => {
    const { database, recorder, included, events } = createFixture()
    const entry = await recorder.submit(ofGrant(1))
    expect(entry).toMatchObject({ seq: 1, kind: 'grant', id: 'grant-1' })
    expect(included).toEqual([entry])
    expect(events).toEqual([{ type: 'revoked', entry }])
    expect(await database.revocations.since(0, 10)).toEqual([entry])
  })

  it('shares its commit with others, in consecutive places in the order of their arrival', async () => {
    const { recorder, commits, included } = createFixture()
    const entries = await Promise.all(Array.from({ length: 1200 }, (_, at) => recorder.submit(ofGrant(at))))
    expect(commits).toEqual([500, 500, 200])
    expect(entries.map(({ seq, id }) => ({ seq, id }))).toEqual(entries.map((_, at) => ({ seq: at + 1, id: `grant-${at}` })))
    expect(included).toEqual(entries)
  })

  it('is refused, unknown and unannounced when it cannot be made durable', async () => {
    const { database, recorder, included, events } = createFixture()
    await database.close()
    await expect(recorder.submit(ofGrant(1))).rejects.toThrow(StoreUnavailable)
    expect([included, events]).toEqual([[], []])
  })

  it('is refused when too many wait', async () => {
    const { recorder } = createFixture(2)
    const submitted = [1, 2, 3].map((id) => recorder.submit(ofGrant(id)))
    await expect(submitted[2]).rejects.toThrow(Overloaded)
    expect((await Promise.all(submitted.slice(0, 2))).map(({ seq }) => seq)).toEqual([1, 2])
    expect(recorder.pending()).toBe(0)
  })
})
