import { type EpochSeconds, epochSeconds } from '../../model/time.js'

/** Raw answers carry integers as number or bigint, by the type of their column. */
export type SqlInteger = number | bigint

export function integer(value: SqlInteger): number {
  return Number(value)
}

export function instant(value: SqlInteger): EpochSeconds {
  return epochSeconds(Number(value))
}

export function optionalInstant(value: SqlInteger | null): EpochSeconds | undefined {
  return value === null ? undefined : instant(value)
}
