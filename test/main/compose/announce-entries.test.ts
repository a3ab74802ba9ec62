import { createAnnouncements } from '../../../src/main/compose/announce-entries.js'
import type { RevocationEntry } from '../../../src/model/revocation-entry.js'
import { epochSeconds } from '../../../src/model/time.js'

const entry = (seq: number): RevocationEntry => ({ seq, kind: 'token', id: `t${seq}`, cutoff: undefined, expires: epochSeconds(9) })

describe('what a process has recorded', () => {
  it('is said on the bus with the epoch of the log, and to the siblings', async () => {
    const said: unknown[] = []
    const announcements = createAnnouncements({
      bus: { publish: (epoch, entries) => void said.push(['bus', epoch, entries.length]) },
      siblings: { tell: async (entries) => void said.push(['siblings', entries.length]) },
      epoch: () => 7,
    })
    announcements.announce([])
    announcements.announce([entry(1), entry(2)])
    expect(said).toEqual([
      ['bus', 7, 2],
      ['siblings', 2],
    ])
  })

  it('is known only when the siblings have taken it', async () => {
    let take: () => void = () => undefined
    const [first, second] = [entry(1), entry(2)]
    const announcements = createAnnouncements({
      bus: undefined,
      siblings: { tell: ([one]) => (one === first ? new Promise((resolve) => (take = resolve)) : Promise.resolve()) },
      epoch: () => 7,
    })
    announcements.announce([first])
    announcements.announce([second])
    let isKnown = false
    const known = announcements.known(first).then(() => (isKnown = true))
    await announcements.known(second)
    expect(isKnown).toBe(false)
    take()
    await known
    expect(isKnown).toBe(true)
  })

  it('is known at once where there is nobody else', async () => {
    const announcements = createAnnouncements({ bus: undefined, siblings: undefined, epoch: () => 7 })
    const one = entry(1)
    announcements.announce([one])
    await expect(announcements.known(one)).resolves.toBeUndefined()
  })
})
