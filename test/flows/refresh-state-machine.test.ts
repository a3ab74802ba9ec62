import fc from 'fast-check'
import type { GrantAdvance } from '../../src/stores/grant-store.js'
import type { Stores } from '../../src/stores/stores.js'
import { play } from './refresh-play.js'
import { plays } from './refresh-steps.js'

/** Stores whose step takes whatever generation is presented for the good one. */
function withoutGenerationCheck(stores: Stores): Stores {
  const asCurrent = async (step: GrantAdvance): Promise<GrantAdvance> => ({
    ...step,
    from: (await stores.grants.find(step.grantId))?.generation ?? 0,
  })
  return {
    ...stores,
    grants: {
      ...stores.grants,
      advance: async (step) => stores.grants.advance(await asCurrent(step)),
      advanceMany: async (steps) => stores.grants.advanceMany(await Promise.all(steps.map(asCurrent))),
    },
    storedTokens: { ...stores.storedTokens, replace: async (step, ...rest) => stores.storedTokens.replace(await asCurrent(step), ...rest) },
  }
}

describe('two nodes on one database, their clocks up to ten seconds apart', () => {
  it('answer as a set of live heads would, whatever is done to them', async () => {
    await fc.assert(
      fc.asyncProperty(plays, (given) => play(given)),
      { numRuns: Number(process.env.PLAYS ?? 150) },
    )
  }, 120_000)

  it('are found out when the generation is not checked', async () => {
    const checked = await fc.check(
      fc.asyncProperty(plays, (given) => play(given, withoutGenerationCheck)),
      { numRuns: 100, endOnFailure: false },
    )
    expect(checked.failed).toBe(true)
    expect(String(checked.errorInstance)).toMatch(/accepted where it has to be refused|another successor|heads/)
  }, 120_000)
})
