import { createOutages, GRACE_MS, type Outage } from '../../chaos/outages.js'

/** An outage of ten seconds. */
const [DOWN, UP] = [100_000, 110_000]

function away(of?: number) {
  const outages = createOutages()
  const outage = outages.begin(of) as { -readonly [Key in keyof Outage]: Outage[Key] }
  Object.assign(outage, { began: DOWN, down: DOWN, ended: UP })
  return outages
}

const repetition = (given: Partial<Parameters<ReturnType<typeof createOutages>['isInGrace']>[0]>) => ({
  since: DOWN,
  now: UP + 1000,
  node: 0,
  servesSince: 0,
  ...given,
})

describe('what chaos demands for a refresh that is repeated', () => {
  it('is the ordinary grace, where there was no outage', () => {
    const { isInGrace } = createOutages()
    expect(isInGrace(repetition({ since: 0, now: GRACE_MS - 1000 }))).toBe(true)
    expect(isInGrace(repetition({ since: 0, now: GRACE_MS }))).toBe(false)
  })

  it.each([
    ['what was presented as it began', {}, true],
    ['what was presented shortly before', { since: DOWN - GRACE_MS + 1500 }, true],
    ['what was presented long before', { since: DOWN - GRACE_MS - 1000 }, false],
    ['a repetition a grace after its end', { now: UP + GRACE_MS }, false],
    ['a node that was started meanwhile', { servesSince: DOWN + 1000 }, false],
    ['a node that does not serve', { servesSince: undefined }, false],
  ])('after an outage is decided for %s', (_, given, isDue) => {
    expect(away().isInGrace(repetition(given))).toBe(isDue)
  })

  it('after the outage of one node is demanded of that node only', () => {
    expect(away(0).isInGrace(repetition({}))).toBe(true)
    expect(away(0).isInGrace(repetition({ node: 1 }))).toBe(false)
  })

  it('does not count attempts that could not reach the database', () => {
    expect(away().wasAway(0, DOWN + 1, UP - 1)).toBe(true)
    expect(away().wasAway(0, DOWN - 1, UP - 1)).toBe(false)
    expect(away().wasAway(0, DOWN + 1, UP + 1)).toBe(false)
    expect(away(1).wasAway(0, DOWN + 1, UP - 1)).toBe(false)
  })
})
