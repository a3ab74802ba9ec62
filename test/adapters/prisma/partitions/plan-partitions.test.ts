import { planRanges } from '../../../../src/adapters/prisma/partitions/plan-partitions.js'

const DAY = 86_400
const present = 20_000 * DAY
const NOW = present + 5_000

describe('The plan of the partitions', () => {
  it('begins with one for all that is past, and goes to where rows are written now, and a little further', () => {
    expect(planRanges({ now: NOW, span: DAY, reach: DAY, last: undefined })).toEqual([
      { from: undefined, to: present },
      { from: present, to: present + DAY },
      { from: present + DAY, to: present + 2 * DAY },
      { from: present + 2 * DAY, to: present + 3 * DAY },
      { from: present + 3 * DAY, to: present + 4 * DAY },
    ])
  })

  it('goes on where the last one ends, and has nothing to do as long as there are enough', () => {
    const last = present + 3 * DAY
    expect(planRanges({ now: NOW, span: DAY, reach: DAY, last })).toEqual([{ from: last, to: last + DAY }])
    expect(planRanges({ now: NOW, span: DAY, reach: DAY, last: last + DAY })).toEqual([])
  })

  it('has one for all the time in which none was made', () => {
    expect(planRanges({ now: NOW, span: DAY, reach: 0, last: present - 30 * DAY }).slice(0, 2)).toEqual([
      { from: present - 30 * DAY, to: present },
      { from: present, to: present + DAY },
    ])
  })

  it.each([0, 3_600, 30 * DAY, 365 * DAY, 3_650 * DAY])('leaves no gap and has few of them, %d seconds ahead', (reach) => {
    const ranges = planRanges({ now: NOW, span: 3_600, reach, last: undefined })
    expect(ranges.slice(1).map(({ from }) => from)).toEqual(ranges.slice(0, -1).map(({ to }) => to))
    expect(ranges.every(({ from, to }) => from === undefined || from < to)).toBe(true)
    expect(ranges.at(-1)?.to).toBeGreaterThan(NOW + reach)
    expect(ranges.length).toBeLessThan(106)
  })

  it('comes back to round bounds when the span has changed', () => {
    const last = present + 3_600
    expect(planRanges({ now: NOW, span: DAY, reach: 0, last })[0]).toEqual({ from: last, to: present + DAY })
  })
})
