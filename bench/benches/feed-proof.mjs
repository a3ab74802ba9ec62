// Whether gateways miss a revocation: many of them, through lines that are broken all the time, to gateways of the package as it is delivered.
import { parseArgs } from 'node:util'
import { proveFeed } from '../load/proof-run.mjs'
import { openProofStage } from '../servers/proof-stage.mjs'

const RECOVERY_MS = 2000
const USAGE =
  'usage: npm run bench -- feed-proof [--revocations N] [--missed N] [--gateways N] [--seconds S] [--partition SECONDS] [--seed S] [--swallow] [--link] [--json]\n'

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      revocations: { type: 'string', default: '1000000' },
      missed: { type: 'string' },
      gateways: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '60' },
      partition: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      swallow: { type: 'boolean', default: false },
      link: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  // A tenth of them happens while nothing passes.
  values.missed ??= String(Math.ceil(Number(values.revocations) / 10))
  const numbers = ['revocations', 'missed', 'gateways', 'seconds', 'partition'].map((name) => [name, Number(values[name])])
  for (const [name, value] of numbers) if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} has to be a whole number from 1`)
  const options = { ...values, ...Object.fromEntries(numbers) }
  if (options.missed >= options.revocations) throw new TypeError('--missed has to be less than --revocations')
  return options
}

async function measure(options) {
  const stage = await openProofStage(options)
  try {
    const found = await proveFeed(stage, options)
    return { bench: 'feed-proof', node: process.version, options, ...found, isKept: isKept(found, options) }
  } finally {
    await stage.close()
  }
}

/** Nothing missed, and nothing refused that was not revoked. How long the recovery took is stated and decides nothing: it is the machine's too. */
function isKept({ asked, whole }, { revocations }) {
  const isExact = ({ refused, othersAsked, othersAccepted }) => refused === revocations && othersAccepted === othersAsked
  return asked.every(isExact) && whole.every(({ of, refused, accepted }) => refused === of && accepted === of)
}

const sum = (list, read) => list.reduce((total, one) => total + read(one), 0)

function formatReport({ node, options, dependencies, lines, asked, whole, events, recordedMs, quietMs, recoveryMs, noticedMs, cpuMs, isKept: kept }) {
  const seconds = (ms) => (ms / 1000).toFixed(1)
  const done = Object.keys(lines[0]).map((name) => `${name} ${sum(lines, (counts) => counts[name])}`)
  const told = {}
  // Each gateway has a line, and so an address, of its own.
  const named = events.flatMap((one) => Object.entries(one)).map(([name, count]) => [name.replace(/http:\S+:\d+/, ''), count])
  for (const [name, count] of named) told[name] = (told[name] ?? 0) + count
  const slowest = Math.max(...recoveryMs)
  const text = [
    `feed-proof: Node ${node}, ${process.platform} ${process.arch}, seed ${options.seed}; the package installed elsewhere, its dependencies ${dependencies}`,
    `${options.revocations} revocations to ${options.gateways} gateways: recorded in ${seconds(recordedMs)} s, known to all after ${seconds(quietMs)} s`,
    `the lines: ${done.join(', ')}`,
    `${sum(asked, (one) => one.missed)} missed, ${sum(asked, (one) => one.unjudged)} not judged, ${sum(asked, (one) => one.refused)} refused; ` +
      `of ${sum(asked, (one) => one.othersAsked)} that were not revoked ${sum(asked, (one) => one.othersAccepted)} accepted`,
    `whole tokens: ${sum(whole, (one) => one.refused)} of ${sum(whole, (one) => one.of)} refused, ${sum(whole, (one) => one.accepted)} of as many others accepted`,
    `at the head again after ${options.partition} s in a black hole, ${options.missed} missed: ${recoveryMs.map(seconds).join(', ')} s; the first of them heard after ` +
      `${noticedMs.map(seconds).join(', ')} s; the slowest after ${seconds(slowest)} s (${slowest <= RECOVERY_MS ? 'within' : 'NOT WITHIN'} ${seconds(RECOVERY_MS)} s)`,
    `CPU until then: ${Object.entries(cpuMs)
      .map(([name, ms]) => `${name} ${seconds(ms)} s`)
      .join(', ')}`,
    ...Object.entries(told).map(([name, count]) => `  ${count} × ${name}`),
    `nothing missed, nothing refused without need: ${kept ? 'kept' : 'NOT KEPT'}`,
  ]
  return `${text.join('\n')}\n`
}

/** @returns the exit code: 1 where anything was missed. */
export async function run(args) {
  let options
  try {
    options = readOptions(args)
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}`)
    return 2
  }
  const report = await measure(options)
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report))
  return report.isKept ? 0 : 1
}
