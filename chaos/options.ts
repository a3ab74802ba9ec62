import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

export type ChaosEngine = 'postgres' | 'mysql'
export const DEFECTS = ['lost-revocation', 'double-head', 'stale-node'] as const
export type Defect = (typeof DEFECTS)[number]

export interface ChaosOptions {
  readonly engine: ChaosEngine
  readonly rounds: number
  readonly seed: number
  /** Seconds that access tokens last: with few, many expire while the run goes on. */
  readonly lifetime: number
  /** The defect that the run has to report. */
  readonly defect: Defect | undefined
}

/** That of the service, where nothing else is configured. */
export const LIFETIME = 3600

export const USAGE = `npm run chaos -- --engine postgres|mysql [--rounds N] [--seed S] [--lifetime SECONDS] [--break ${DEFECTS.join('|')}]`

/** @throws TypeError for what it does not know. */
export function parseChaosOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engine: { type: 'string' },
      rounds: { type: 'string' },
      seed: { type: 'string' },
      lifetime: { type: 'string' },
      break: { type: 'string' },
    },
  })
  const { engine = 'postgres' } = values
  if (engine !== 'postgres' && engine !== 'mysql') throw new TypeError(`--engine is postgres or mysql, not ${engine}`)
  const defect = DEFECTS.find((one) => one === values.break)
  if (values.break !== undefined && defect === undefined) throw new TypeError(`--break is ${DEFECTS.join(', ')}, not ${values.break}`)
  return {
    engine,
    defect,
    rounds: whole(values.rounds ?? '10', '--rounds'),
    seed: whole(values.seed ?? String(randomInt(1, 1_000_000)), '--seed'),
    lifetime: whole(values.lifetime ?? String(LIFETIME), '--lifetime'),
  }
}

function whole(text: string, option: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new TypeError(`${option} is a whole number from 1, not ${text}`)
  return Number(text)
}
