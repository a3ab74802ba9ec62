import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Durable } from './durable.js'
import { FAULTS } from './faults.js'
import { type ChaosOptions, LIFETIME, parseChaosOptions, USAGE } from './options.js'
import { NotInstalled } from './programs.js'
import { playRound } from './round.js'
import { type Closers, openStage, type Stage } from './stage.js'
import { violate } from './tally.js'

/** @returns 0 without a violation, 1 with one, 2 where the options are wrong, 3 where something it needs is not there. */
async function main(): Promise<number> {
  let options: ChaosOptions
  try {
    options = parseChaosOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}\n`)
    return 2
  }
  const folder = mkdtempSync(join(tmpdir(), 'jeton-chaos-'))
  // The database server may run as another user.
  chmodSync(folder, 0o755)
  const closers: Closers = []
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  // Whatever was started is killed at the exit of this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
  try {
    const stage = await openStage(options, folder, closers)
    // A node that cannot be started any more ends the run, and is told of with the rest.
    await play(stage).catch((error: unknown) => violate(stage.tally, 'g', `the run broke off: ${error}`))
    return report(stage)
  } catch (error) {
    if (!(error instanceof NotInstalled)) throw error
    process.stderr.write(`${error.message}\n`)
    return 3
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

async function play(stage: Stage): Promise<void> {
  const { options, tally, database, redis } = stage
  const servers = `${options.engine} ${database.version}, Redis ${redis.version}`
  process.stdout.write(`chaos: ${servers}, ${stage.nodes.length} nodes, ${stage.gateways.length} gateways, seed ${options.seed}\n`)
  let durable: Durable | undefined
  for (let round = 1; round <= options.rounds; round++) {
    if (options.defect !== undefined && tally.violations.length > 0) break
    const began = performance.now()
    durable = await playRound(stage, round, durable)
    tally.rounds = round
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    const { requests, acknowledgedWrites, checks, violations } = tally
    const counts = `${requests} requests, ${acknowledgedWrites} acknowledged writes, ${checks} checks, ${violations.length} violations`
    process.stdout.write(`round ${round}/${options.rounds} (${seconds} s): ${counts}\n`)
  }
}

function report({ options, tally }: Stage): number {
  const faults = Object.keys(FAULTS).map((kind) => [kind, tally.faults.get(kind) ?? 0] as const)
  const total = faults.reduce((sum, [, count]) => sum + count, 0)
  const defect = options.defect === undefined ? '' : ` --break ${options.defect}`
  const lifetime = options.lifetime === LIFETIME ? '' : ` --lifetime ${options.lifetime}`
  const replay = `npm run chaos -- --engine ${options.engine} --rounds ${options.rounds} --seed ${options.seed}${lifetime}${defect}`
  const lines = [
    '',
    `rounds              ${tally.rounds}`,
    `faults              ${total}`,
    ...faults.map(([kind, count]) => `  ${String(count).padStart(4)}  ${kind}`),
    `requests            ${tally.requests}`,
    `acknowledged writes ${tally.acknowledgedWrites}`,
    `honest 503 or 3     ${tally.refusedHonestly}`,
    `kept after outages  ${tally.keptAfterOutage}`,
    `connections closed  ${tally.closed}`,
    `no answer in time   ${tally.late}`,
    `checks              ${tally.checks}`,
    `violations          ${tally.violations.length}`,
    `wall time           ${Math.round(performance.now() / 1000)} s`,
    `seed                ${options.seed} (${replay})`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return tally.violations.length === 0 ? 0 : 1
}

process.exit(await main())
