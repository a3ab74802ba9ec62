import { createSchedule } from '../../src/config/schedule.js'
import { problemsOf, settingsOf } from './loading.js'

const at = (text: string): number => Date.parse(text)

describe('a schedule', () => {
  const daily = createSchedule({ expression: '0 3 * * *', timezone: 'UTC' })

  it('knows the last time at an instant or before, and the first one after', () => {
    const three = at('2026-01-02T03:00:00Z')
    expect([daily.latest(three - 1), daily.next(three - 1)]).toEqual([at('2026-01-01T03:00:00Z'), three])
    expect([daily.latest(three), daily.next(three)]).toEqual([three, at('2026-01-03T03:00:00Z')])
    expect(daily.latest(three + 3_600_000)).toBe(three)
  })

  it('is of a time zone, with its summer time', () => {
    const berlin = createSchedule({ expression: '0 3 * * *', timezone: 'Europe/Berlin' })
    expect(berlin.latest(at('2026-01-02T12:00:00Z'))).toBe(at('2026-01-02T02:00:00Z'))
    expect(berlin.latest(at('2026-07-02T12:00:00Z'))).toBe(at('2026-07-02T01:00:00Z'))
  })
})

describe('[purge] schedule', () => {
  it('is UTC unless a time zone is named, and absent by default', () => {
    expect(settingsOf('').purge.schedule).toBeUndefined()
    expect(settingsOf('[purge]\nschedule = "0 3 * * *"\n').purge.schedule).toEqual({ expression: '0 3 * * *', timezone: 'UTC' })
    const inBerlin = settingsOf('[purge]\nschedule = "30 2 * * 1-5"\ntimezone = "Europe/Berlin"\n')
    expect(inBerlin.purge.schedule).toEqual({ expression: '30 2 * * 1-5', timezone: 'Europe/Berlin' })
    expect(inBerlin.notices).toEqual([])
  })

  it.each(['61 3 * * *', '0 3 * *', '0 0 3 * * *', '0 0 31 2 *', '2026-01-01T00:00:00', 'daily', ''])(
    'is a problem with its line when it is %j',
    (expression) => {
      expect(problemsOf(`[purge]\nbatch = 10\nschedule = "${expression}"\n`)).toMatchObject([{ line: 3, key: 'purge.schedule' }])
    },
  )

  it('is a problem with its line when there is no such time zone', () => {
    expect(problemsOf('[purge]\nschedule = "0 3 * * *"\ntimezone = "Mars/Olympus"\n')).toMatchObject([{ line: 3, key: 'purge.timezone' }])
  })

  it('leaves nothing without effect unsaid', () => {
    expect(settingsOf('[purge]\nevery = "5m"\nschedule = "0 3 * * *"\n').notices).toEqual([
      '[purge] every: without effect, since purge.schedule says when.',
    ])
    expect(settingsOf('[purge]\ntimezone = "UTC"\n').notices).toEqual(['[purge] timezone: without effect, since there is no purge.schedule.'])
    expect(settingsOf('[purge]\nevery = "5m"\n').notices).toEqual([])
  })
})
