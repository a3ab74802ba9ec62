import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const REVOCATIONS = 2000
const GATEWAYS = 2

interface Report {
  readonly asked: readonly { readonly refused: number; readonly missed: number; readonly othersAsked: number; readonly othersAccepted: number }[]
  readonly whole: readonly { readonly of: number; readonly refused: number; readonly accepted: number }[]
  readonly lines: readonly Readonly<Record<string, number>>[]
  readonly events: readonly Readonly<Record<string, number>>[]
  readonly recoveryMs: readonly number[]
}

/** The bench itself, without the programs that others are compared with. */
async function prove(): Promise<{ readonly code: number; readonly report: Report }> {
  const options = ['--revocations', String(REVOCATIONS), '--gateways', String(GATEWAYS), '--seconds', '6', '--partition', '3', '--swallow']
  const start = `import('./bench/benches/feed-proof.mjs').then(({ run }) => run(process.argv.slice(1))).then((code) => { process.exitCode = code })`
  const bench = spawn(process.execPath, ['-e', start, '--', ...options, '--link', '--json'], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [stdout, [code]] = await Promise.all([text(bench.stdout), once(bench, 'exit')])
  return { code, report: JSON.parse(stdout) as Report }
}

let code: number
let report: Report

beforeAll(async () => {
  ;({ code, report } = await prove())
}, 120_000)

it('lets gateways of the installed package miss no revocation on lines that break, repeat and restart, and in a partition', () => {
  expect(report.asked.map(({ refused, missed }) => [refused, missed])).toEqual(Array(GATEWAYS).fill([REVOCATIONS, 0]))
  expect(report.recoveryMs).toHaveLength(GATEWAYS)
  expect(code).toBe(0)
})

it('lets them refuse nothing else', () => {
  for (const { othersAsked, othersAccepted } of report.asked) expect([othersAsked > 0, othersAccepted]).toEqual([true, othersAsked])
  for (const { of, refused, accepted } of report.whole) expect([of > 0, refused, accepted]).toEqual([true, of, of])
})

it('lets them find out that an entry was swallowed on a line that stayed whole', () => {
  expect(report.lines.map(({ swallowed }) => swallowed)).toEqual(Array(GATEWAYS).fill(1))
  for (const events of report.events)
    expect(Object.keys(events)).toContainEqual(expect.stringMatching(/^resync: (an entry of the feed is missing|the feed is elsewhere)/))
})
