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

  const purges = async (node: JetonInProcess): Promise<boolean> => {
    await node.runJob('purge')
    return (await node.jeton.operations.status()).lastPurge !== undefined
  }

  it('is purged once in an interval, by whoever comes first', async () => {
    expect(await purges(first)).toBe(true)
    expect(await purges(second)).toBe(false)
  })

  it('nodes that run are listed by every one of them', async () => {
    await Promise.all([first.runJob('poll'), second.runJob('poll')])
    const [seenByFirst, seenBySecond] = await Promise.all([first.jeton.operations.status(), second.jeton.operations.status()])
    expect(seenByFirst.nodes).toHaveLength(2)
    expect(seenBySecond.nodes.map(({ id }) => id)).toEqual(seenByFirst.nodes.map(({ id }) => id))
    expect(seenByFirst.schema.pending).toEqual([])
  })
})
