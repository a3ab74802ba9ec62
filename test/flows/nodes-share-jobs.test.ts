import { type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'

await describeOnEngines('what one node does for all', ['postgresql', 'mysql'], (engine) => {
  let first: JetonInProcess
  let second: JetonInProcess
  beforeEach(async () => {
    first = await startJeton({ engine })
    second = await startJeton({ engine, beside: first })
  })
  afterEach(async () => {
    await second.close()
    await first.close()
  })

  it('is purged once in an interval, by whoever comes first, and every node knows of it', async () => {
    await first.runJob('purge')
    const { lastPurge } = await second.jeton.operations.status()
    expect(lastPurge.map(({ target }) => target)).toEqual(['audit', 'backups', 'grants', 'revocations', 'tokens'])
    const mark = { target: 'tokens', deleted: 99, byReason: { expired: 99 }, batches: 1, seconds: 1, remaining: 0 }
    await first.stores.purgeRuns.record(mark)
    await second.runJob('purge')
    expect(await second.stores.purgeRuns.list()).toContainEqual(expect.objectContaining(mark))
  })

  it('nodes that run are listed by every one of them', async () => {
    await Promise.all([first.runJob('poll'), second.runJob('poll')])
    const [seenByFirst, seenBySecond] = await Promise.all([first.jeton.operations.status(), second.jeton.operations.status()])
    expect(seenByFirst.nodes).toHaveLength(2)
    expect(seenBySecond.nodes.map(({ id }) => id)).toEqual(seenByFirst.nodes.map(({ id }) => id))
    expect(seenByFirst.schema.pending).toEqual([])
  })
})
