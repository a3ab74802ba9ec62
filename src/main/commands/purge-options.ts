import { parseDurationMs } from '../../config/durations.js'
import { seconds } from '../../model/time.js'
import type { PurgeRequest } from '../../purge/create-purger.js'
import { type Arguments, type CommandOption, UsageError } from './command.js'
import type { PurgeLimits, SessionTime } from './operations.js'

export const PURGE_OPTIONS: Readonly<Record<string, CommandOption>> = {
  'dry-run': { help: 'count exactly what would go, and delete nothing' },
  batch: { value: 'ROWS', help: 'the most rows that go in one transaction, in place of [purge] batch' },
  pause: { value: 'TIME', help: 'waited for after each batch ("50ms", "2s")' },
  rate: { value: 'ROWS', help: 'no more rows a second than this' },
  'no-yield': { help: 'at full speed beside others too, in place of [purge] yield' },
  deadline: { value: 'TIME', help: 'stop after so long ("30m"); the next run goes on there' },
  'safe-period': { value: 'TIME', help: "how long past its end a row of WSO2's is left alone, in place of [purge] safe_period" },
  'session-time': { value: 'expiry|created', help: 'by what a session ends: the time that it names, or its age (expiry)' },
  backup: { value: 'FILE|table', help: 'keep every deleted row, in a new file (gzip of JSON lines) or in a table of the database' },
  analyze: { help: 'have the database count the rows of the tables anew at the end' },
}

/** What the command line says, over what the configuration says. @throws UsageError */
export function readPurgeOptions(given: Arguments, limits: PurgeLimits): Omit<PurgeRequest, 'signal'> {
  const rate = rowsOf(given, 'rate')
  const deadlineMs = lengthOf(given, 'deadline')
  const safePeriodMs = lengthOf(given, 'safe-period')
  return {
    ...limits,
    batch: rowsOf(given, 'batch') ?? limits.batch,
    pauseMs: lengthOf(given, 'pause') ?? limits.pauseMs,
    yields: limits.yields && !given.has('no-yield'),
    ...(safePeriodMs !== undefined && { safePeriod: seconds(Math.ceil(safePeriodMs / 1000)) }),
    ...(rate !== undefined && { rate }),
    ...(deadlineMs !== undefined && { deadlineMs }),
  }
}

/** @throws UsageError */
export function readSessionTime(given: Arguments): SessionTime {
  const text = given.option('session-time') ?? 'expiry'
  if (text !== 'expiry' && text !== 'created') throw new UsageError('--session-time takes expiry or created')
  return text
}

/** Far below the numbers that engines take in one statement. */
const MOST_ROWS = 1_000_000

function rowsOf(given: Arguments, name: string): number | undefined {
  const text = given.option(name)
  if (text === undefined) return undefined
  const rows = /^[1-9]\d{0,6}$/.test(text) ? Number(text) : Number.NaN
  if (!(rows <= MOST_ROWS)) throw new UsageError(`--${name} takes a whole number from 1 to ${MOST_ROWS}`)
  return rows
}

/** In milliseconds. */
function lengthOf(given: Arguments, name: string): number | undefined {
  const text = given.option(name)
  if (text === undefined) return undefined
  const length = parseDurationMs(/^\d+$/.test(text) ? Number(text) : text)
  if (length === undefined || length <= 0)
    throw new UsageError(`--${name} takes seconds, or a length of time with its unit ("500ms", "30s", "15m", "2h")`)
  return length
}
