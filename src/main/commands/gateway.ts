import type { ConformanceCheck } from '../conformance/run-conformance.js'
import type { KitSettings, TestGateway } from '../conformance/test-gateway.js'
import { type Arguments, answer, type Command, type ExitCode, positional, UsageError } from './command.js'
import { formatTable } from './format-table.js'

export interface GatewayNeeds {
  /** Serves a gateway until it is told to stop. */
  readonly serveGateway: (configFile: string | undefined) => Promise<ExitCode>
  readonly testGateway: TestGateway
  /** Of `--config`. */
  readonly configFile: string | undefined
}

export const gatewayServe: Command<GatewayNeeds> = {
  summary: 'tell proxies whether a request may pass, as --config FILE says (default ./gateway.toml)',
  positionals: [],
  options: {},
  run: ({ serveGateway, configFile }) => serveGateway(configFile),
}

const DEFAULT_PORT = 9790
const SECOND_MS = 1000

export const gatewayConformance: Command<GatewayNeeds> = {
  summary: 'try a gateway with good and bad tokens and revocations; it has to be pointed at the kit, which says where it is',
  positionals: ['URL'],
  options: {
    port: { value: 'PORT', help: `where the kit serves keys and feed on 127.0.0.1 (default ${DEFAULT_PORT}; 0: any free port)` },
    within: { value: 'SECONDS', help: 'how long a revocation may take to arrive (default 2)' },
    wait: { value: 'SECONDS', help: 'how long to wait for the gateway to come (default 60)' },
    strict: { help: 'fail also where the gateway takes what only one that knows RFC 9068 can refuse' },
  },
  async run({ testGateway }, given, output) {
    const url = positional(given)
    if (!URL.canParse(url) || !/^https?:/.test(url)) throw new UsageError('the URL has to be an http or https URL')
    const checks = await testGateway({
      target: new URL(url),
      port: wholeNumber(given, 'port', DEFAULT_PORT),
      withinMs: wholeNumber(given, 'within', 2) * SECOND_MS,
      patienceMs: wholeNumber(given, 'wait', 60) * SECOND_MS,
      onListening: (settings) => output.stderr(describeKit(settings)),
    })
    if (checks === undefined) {
      output.stderr('the gateway never accepted a good token, or never read the feed\n')
      return 3
    }
    const failed = checks.filter(({ ok, level }) => !ok && (level === 'must' || given.has('strict')))
    answer(output, given, { json: { ok: failed.length === 0, checks }, text: formatChecks(checks) })
    return failed.length === 0 ? 0 : 1
  },
}

function wholeNumber(given: Arguments, name: string, byDefault: number): number {
  const value = given.option(name)
  if (value === undefined) return byDefault
  if (!/^\d{1,5}$/.test(value)) throw new UsageError(`--${name} has to be a whole number`)
  return Number(value)
}

function describeKit({ issuer, audience, url }: KitSettings): string {
  const lines = [
    `issuer: ${issuer}`,
    `audience: ${audience}`,
    `keys: ${url}/oauth2/jwks`,
    `feed: ${url}`,
    'client id and secret: conformance, conformance',
  ]
  return `The gateway has to be pointed at:\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function formatChecks(checks: readonly ConformanceCheck[]): string {
  const wrong = checks.filter(({ ok }) => !ok)
  const rows = wrong.map(({ name, level, expected, status }) => [name, level, expected, status === 0 ? 'no answer' : status])
  return [
    `${checks.length - wrong.length} of ${checks.length} as they should be`,
    ...(wrong.length === 0 ? [] : [formatTable(['wrong', 'level', 'expected', 'answer'], rows, '')]),
  ].join('\n\n')
}
