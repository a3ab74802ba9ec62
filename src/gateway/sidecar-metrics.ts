import type { TokenVerifier } from './create-token-verifier.js'
import type { GatewayEvent } from './gateway-events.js'
import type { Decision } from './judge-request.js'

/** Counters and gauges of a sidecar, for Prometheus. */
export interface SidecarMetrics {
  decided(decision: Decision): void
  happened(event: GatewayEvent): void
  /** What is known by now belongs to this verifier. */
  observe(verifier: Pick<TokenVerifier, 'staleness' | 'counts'>): void
  /** In the text format, version 0.0.4. */
  format(): string
}

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** By label, as it stands between the braces; empty for none. */
  readonly values: Iterable<readonly [string, number]>
}

/** Reasons and events come from closed sets: so do the labels. */
export function createSidecarMetrics(): SidecarMetrics {
  const decisions = new Map<string, number>()
  const events = new Map<string, number>()
  let verifier: Pick<TokenVerifier, 'staleness' | 'counts'> | undefined
  const count = (counts: Map<string, number>, label: string): void => void counts.set(label, (counts.get(label) ?? 0) + 1)

  return {
    decided(decision) {
      count(decisions, decision.passes ? 'status="200",reason="accepted"' : `status="${decision.status}",reason="${decision.reason}"`)
    },
    happened: ({ type }) => count(events, `type="${type}"`),
    observe(given) {
      verifier = given
    },
    format() {
      const counters: Family[] = [
        { name: 'jeton_gateway_decisions_total', type: 'counter', help: 'Requests that were asked about, by what was answered.', values: decisions },
        { name: 'jeton_gateway_events_total', type: 'counter', help: 'What happened to the feed and its file.', values: events },
      ]
      return [...counters, ...(verifier === undefined ? [] : gauges(verifier))].map(formatFamily).join('')
    },
  }
}

const STATES = ['loading', 'fresh', 'soft', 'hard'] as const

function gauges(verifier: Pick<TokenVerifier, 'staleness' | 'counts'>): readonly Family[] {
  const { state, ageMs, seq } = verifier.staleness()
  const { entries, coarse, exposedKeys } = verifier.counts()
  const gauge = (name: string, help: string, value: number): Family => ({ name: `jeton_gateway_${name}`, type: 'gauge', help, values: [['', value]] })
  return [
    {
      name: 'jeton_gateway_feed_state',
      type: 'gauge',
      help: '1 for the state in which the feed is.',
      values: STATES.map((one) => [`state="${one}"`, one === state ? 1 : 0]),
    },
    gauge('feed_age_seconds', 'Since the server last confirmed that nothing is missing.', ageMs / 1000),
    gauge('feed_seq', 'Place of the newest revocation that is known.', seq),
    gauge('revocations', 'Revocations that are held one by one.', entries),
    gauge('coarse_cutoffs', 'Cut-offs that stand for many revocations.', coarse),
    gauge('exposed_keys', 'Keys that the issuer published with their private half.', exposedKeys),
  ]
}

function formatFamily({ name, type, help, values }: Family): string {
  const lines = [...values].map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${formatNumber(value)}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

const formatNumber = (value: number): string => (value === Number.POSITIVE_INFINITY ? '+Inf' : String(value))
