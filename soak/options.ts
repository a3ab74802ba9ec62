import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

export const SOAK_ENGINES = ['sqlite', 'postgres', 'mysql'] as const
export type SoakEngine = (typeof SOAK_ENGINES)[number]

export interface SoakOptions {
  readonly engine: SoakEngine
  /** Requests that issue, refresh or revoke. */
  readonly events: number
  readonly kills: number
  readonly seed: number
  /** Whether a row is taken out of the audit at the end, which the run has to report. */
  readonly isBroken: boolean
}

export const USAGE = `npm run soak -- [--engine ${SOAK_ENGINES.join('|')}] [--events N] [--kills N] [--seed S] [--break]`

/** @throws TypeError for what it does not know. */
export function parseSoakOptions(args: readonly string[]): SoakOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args: [...args], options: { engine: text, events: text, kills: text, seed: text, break: { type: 'boolean' } } })
  const engine = SOAK_ENGINES.find((one) => one === (values.engine ?? 'postgres'))
  if (engine === undefined) throw new TypeError(`--engine is one of ${SOAK_ENGINES.join(', ')}, not ${values.engine}`)
  return {
    engine,
    events: whole(values.events ?? '100000', '--events'),
    kills: whole(values.kills ?? '10', '--kills'),
    seed: whole(values.seed ?? String(randomInt(1, 1_000_000)), '--seed'),
    isBroken: values.break ?? false,
  }
}

function whole(text: string, option: string): number {
  if (!/^(?:0|[1-9]\d{0,8})$/.test(text)) throw new TypeError(`${option} is a whole number, not ${text}`)
  return Number(text)
}
