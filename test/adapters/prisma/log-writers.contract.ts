import { StoreUnavailable } from '../../../src/errors/operational-errors.js'
import { grantId, tokenId } from '../../../src/model/ids.js'
import type { RevocationEntry } from '../../../src/model/revocation-entry.js'
import type { Stores } from '../../../src/stores/stores.js'
import { aStep } from '../../stores/opened-stores.js'
import type { ServerDatabase } from './server-database.js'
import { startSlowProxy } from './slow-proxy.js'

const token = (id: string) => ({ kind: 'token', id: tokenId(id), expiresAt: undefined }) as const

/** The log, and the head that it had before and after it was read: of a connection that is lost the server may still commit what it was sent. */
async function readAtRest(
  reader: Pick<Stores, 'revocations' | 'heads'>,
): Promise<{ readonly log: readonly RevocationEntry[]; readonly head: number }> {
  const { revocations, heads } = reader
  const { seq: head } = await heads.read()
  const log = await revocations.since(0, 100_000)
  return (await heads.read()).seq === head ? { log, head } : readAtRest(reader)
}

/** What two nodes that write to the log of one server promise to everyone who reads it. */
export function logWritersContract(name: string, of: () => ServerDatabase): void {
  describe(`Two writers of the revocation log (${name})`, () => {
    it('never let a reader see a later entry before an earlier one, however long the earlier one takes to commit', async () => {
      const reader = await of().openStores()
      await reader.revocations.append(Array.from({ length: 6 }, (_, index) => token(`t${index}`)))
      const quick = await of().open()
      // What a node does that is stopped between its statements and its commit.
      await of().sql('BEGIN')
      await of().sql('UPDATE JETON_HEAD SET SEQ = SEQ + 1 WHERE ID = 1')
      await of().sql(`INSERT INTO JETON_REVOCATION (SEQ, KIND, ID, EXPIRES, CREATED_AT, PURGE_AFTER)
        SELECT SEQ, 'token', 'slow', 4000000000, 1, 4000000000 FROM JETON_HEAD WHERE ID = 1`)
      const appended = quick.revocations.append([token('quick')])
      for (let look = 0; look < 30; look++) {
        expect(await reader.revocations.since(6, 10)).toEqual([])
        expect((await reader.heads.read()).seq).toBe(6)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      await of().sql('COMMIT')
      expect(await appended).toMatchObject([{ seq: 8, id: 'quick' }])
      expect((await reader.revocations.since(6, 10)).map(({ seq, id }) => [seq, id])).toEqual([
        [7, 'slow'],
        [8, 'quick'],
      ])
    })

    it('never take the place of one that is lost before its commit', async () => {
      const reader = await of().openStores()
      const other = await of().open()
      await of().sql('BEGIN')
      await of().sql('UPDATE JETON_HEAD SET SEQ = SEQ + 1 WHERE ID = 1')
      const appended = other.revocations.append([token('next')])
      await of().sql('ROLLBACK')
      expect(await appended).toMatchObject([{ seq: 1 }])
      expect((await reader.revocations.since(0, 10)).map(({ seq, id }) => [seq, id])).toEqual([[1, 'next']])
    })

    it('leave no gap that a reader could see, and the cut-off of a later entry is never before an earlier one', async () => {
      const reader = await of().openStores()
      const writers = [await of().open(), await of().open(), await of().open()]
      let isWriting = true
      const writing = Promise.all(
        writers.map(async (writer, index) => {
          for (let round = 0; round < 20; round++) await writer.revocations.append([token(`${index}-${round}`), { kind: 'all' }])
        }),
      ).finally(() => {
        isWriting = false
      })
      let seen = 0
      while (isWriting) {
        const { seq } = await reader.heads.read()
        const entries = await reader.revocations.since(seen, 1000)
        expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_, index) => seen + index + 1))
        seen = entries.at(-1)?.seq ?? seen
        expect(seen).toBeGreaterThanOrEqual(seq)
      }
      await writing
      const entries = await reader.revocations.since(0, 1000)
      expect(entries).toHaveLength(120)
      const cutoffs = entries.flatMap(({ cutoff }) => cutoff ?? [])
      expect(cutoffs).toEqual([...cutoffs].sort((one, other) => one - other))
    }, 20_000)

    it('lose nothing that was acknowledged, and leave no gap, when their connections break again and again', async () => {
      const reader = await of().openStores()
      const proxy = await startSlowProxy(of().url)
      const writer = await of().open({ url: proxy.url })
      const acknowledged: RevocationEntry[] = []
      let [isOver, failures] = [false, 0]
      const write = async (lane: number): Promise<void> => {
        for (let round = 0; !isOver; round++) {
          try {
            acknowledged.push(...(await writer.revocations.append([token(`${lane}-${round}`)])))
          } catch (error) {
            expect(error).toBeInstanceOf(StoreUnavailable)
            failures++
          }
        }
      }
      const lanes = Promise.all([0, 1, 2, 3, 4, 5].map(write))
      for (let cut = 0; cut < 10; cut++) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        proxy.cut()
      }
      isOver = true
      await lanes
      const { log, head } = await readAtRest(reader)
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
      expect(head).toBe(log.length)
      for (const entry of acknowledged) expect(log[entry.seq - 1]).toEqual(entry)
      expect(Math.min(failures, acknowledged.length)).toBeGreaterThan(0)
      await of().closeAll()
      await proxy.close()
    }, 20_000)

    it('let exactly one of two nodes take a step of a grant, each with connections of its own', async () => {
      const one = await of().openStores()
      const other = await of().open()
      const step = aStep({ grantId: grantId('shared'), graceReuse: 3 })
      for (let from = 0; from < 10; from++) {
        const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? one : other).grants.advance({ ...step, from })))
        const count = (standing: string) => outcomes.filter((outcome) => outcome.standing === standing).length
        expect([count('current'), count('grace'), count('exhausted')]).toEqual([1, 3, 16])
        for (const outcome of outcomes) if ('row' in outcome) expect(outcome.row.generation).toBe(from + 1)
      }
    }, 20_000)
  })
}
