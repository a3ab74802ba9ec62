import { Cron } from 'croner'
import { createKind, type Kind } from './kind.js'

/** When something is to be done: five fields as cron has them, in the time of an IANA zone. */
export interface ScheduleSettings {
  readonly expression: string
  readonly timezone: string
}

/** Instants are milliseconds since 1970. */
export interface Schedule {
  /** The last time at the instant or before it; undefined: there was none. */
  latest(atMs: number): number | undefined
  /** The first time after the instant; undefined: there is none. */
  next(atMs: number): number | undefined
}

/** For settings in which no problem was found. */
export function createSchedule({ expression, timezone }: ScheduleSettings): Schedule {
  const times = new Cron(expression, { timezone, mode: '5-part' })
  return {
    latest: (atMs) => times.previousRuns(1, new Date(atMs + 1))[0]?.getTime(),
    next: (atMs) => times.nextRun(new Date(atMs))?.getTime(),
  }
}

const FIVE_FIELDS = /^\S+( +\S+){4}$/

export const cronExpression: Kind<string> = createKind('minute, hour, day of month, month and day of week as cron has them ("0 3 * * *")', (value) =>
  typeof value === 'string' && FIVE_FIELDS.test(value) && comesAround(value) ? value : undefined,
)

export const timeZone: Kind<string> = createKind('a time zone by its IANA name ("UTC", "Europe/Berlin")', (value) =>
  typeof value === 'string' && isTimeZone(value) ? value : undefined,
)

/** "0 0 31 2 *" is well formed, and never. */
function comesAround(expression: string): boolean {
  try {
    return createSchedule({ expression, timezone: 'UTC' }).next(0) !== undefined
  } catch {
    return false
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}
