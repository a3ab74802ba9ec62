import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { OAuthErrorCode } from '../../errors/oauth-error.js'
import { assertNever } from '../../model/assert-never.js'
import type { BusinessEvent } from '../../model/event.js'
import type { EventSink } from '../../stores/event-sink.js'
import { createPurgeCounting } from './purge-metrics.js'

/** What is read at the moment the metrics are asked for. Each answers from memory, at once. */
export interface MetricReadings {
  /** Entries of the revocation set of this process. */
  readonly revocationEntries: () => number
  /** Place in the revocation log up to which this process has come. */
  readonly revocationSeq: () => number
  /** Seconds since the head of the log was last confirmed; Infinity while it never was. */
  readonly stalenessSeconds: () => number
  /** Length of each bounded queue, by the queue's name. */
  readonly queues: Readonly<Record<string, () => number>>
  /** Connections to the database, by what they do; empty where there is no pool. */
  readonly connections: Readonly<Partial<Record<'open' | 'idle', () => number>>>
  /** What WSO2's control plane is still to be told; nothing in a process that does not send. */
  readonly wso2: { readonly waiting: () => number; readonly oldestSeconds: () => number; readonly isSending: () => boolean }
  /** Messages of other nodes that cannot have been theirs, since the process began. */
  readonly rejectedBusMessages: () => number
}

export interface MetricSettings {
  readonly readings: MetricReadings
  /** Path patterns that may stand in the label `route`; any other counts as `other`. */
  readonly routes: readonly string[]
}

export interface AnsweredRequest {
  readonly route: string
  readonly status: number
  readonly seconds: number
}

export interface Metrics {
  readonly sink: EventSink
  observeRequest(request: AnsweredRequest): void
  /** In the text format of Prometheus. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>
}

const OTHER = 'other'
const REASONS = Object.keys({
  invalid_request: true,
  invalid_client: true,
  invalid_grant: true,
  unauthorized_client: true,
  unsupported_grant_type: true,
  invalid_scope: true,
  invalid_target: true,
  invalid_token: true,
  insufficient_scope: true,
  slow_down: true,
  server_error: true,
  temporarily_unavailable: true,
} satisfies Record<OAuthErrorCode, true>)
const GRANT_TYPES = ['client_credentials', 'password', 'refresh_token', 'authorization_code', 'urn:ietf:params:oauth:grant-type:device_code']
const SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Counts what happens. Every label has a bounded set of values, whatever a client sends. */
export function createMetrics({ readings, routes }: MetricSettings): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  addReadings(registry, readings)
  const requests = new Histogram({
    name: 'jeton_http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer.',
    labelNames: ['route', 'status'],
    buckets: SECONDS_BUCKETS,
    registers: [registry],
  })
  return {
    sink: createCounting(registry),
    observeRequest({ route, status, seconds }) {
      requests.observe({ route: bounded(route, routes), status: String(status) }, seconds)
    },
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  }
}

const bounded = (value: string, known: readonly string[]): string => (known.includes(value) ? value : OTHER)

function createCounting(registry: Registry): EventSink {
  const counter = (name: string, help: string, ...labelNames: string[]): Counter => new Counter({ name, help, labelNames, registers: [registry] })
  const issued = counter('jeton_tokens_issued_total', 'Answers of the token endpoint with tokens.', 'grant_type')
  const refused = counter('jeton_tokens_refused_total', 'Requests for tokens that were refused, by OAuth error code.', 'reason')
  const revocations = counter('jeton_revocations_total', 'Entries written to the revocation log by this process.', 'kind')
  const limited = counter('jeton_revocations_limited_total', 'Revocations that were refused since their client had revoked too much.')
  const replays = counter('jeton_refresh_replays_total', 'Refresh tokens presented after they were spent; each ended its grant.')
  const failures = counter('jeton_authentication_failures_total', 'Failed authentications of clients and users.', 'subject')
  const purges = createPurgeCounting(registry)
  const toWso2 = counter('jeton_wso2_events_total', "Events for WSO2's control plane, by what became of each attempt or entry.", 'outcome')
  return (event: BusinessEvent) => {
    switch (event.type) {
      case 'tokens_issued':
        return issued.inc({ grant_type: bounded(event.grantType, GRANT_TYPES) })
      case 'token_refused':
        return refused.inc({ reason: bounded(event.reason, REASONS) })
      case 'revoked':
        return revocations.inc({ kind: event.entry.kind })
      case 'revocation_limited':
        return limited.inc()
      case 'refresh_replayed':
        return replays.inc()
      case 'authentication_failed':
        return failures.inc({ subject: event.subject })
      case 'purged':
        return purges.run(event)
      case 'purge_batch':
        return purges.batch(event)
      case 'wso2_event_posted':
        return toWso2.inc({ outcome: event.outcome })
      case 'wso2_event_set_aside':
        return toWso2.inc({ outcome: 'set_aside' })
      case 'wso2_event_untold':
        return toWso2.inc({ outcome: 'untold' })
      case 'wso2_events_expired':
        return toWso2.inc({ outcome: 'expired' }, event.count)
      case 'refresh_ahead_of_database':
      case 'key_rotated':
      case 'epoch_started':
      case 'store_unavailable':
      case 'store_answers_again':
      case 'request_failed':
        return undefined
      default:
        return assertNever(event)
    }
  }
}

function addReadings(registry: Registry, readings: MetricReadings): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  gauge('jeton_revocation_set_entries', 'Entries of the revocation set in memory.', readings.revocationEntries)
  gauge('jeton_revocation_seq', 'Place in the revocation log up to which this process has come.', readings.revocationSeq)
  gauge(
    'jeton_revocation_staleness_seconds',
    'Seconds since the database confirmed the head of the log; +Inf before the first time.',
    readings.stalenessSeconds,
  )
  gauge('jeton_wso2_events_waiting', "Entries of the revocation log that WSO2's control plane is still to be told.", readings.wso2.waiting)
  gauge('jeton_wso2_oldest_waiting_seconds', 'How long ago the oldest of them was revoked.', readings.wso2.oldestSeconds)
  gauge('jeton_wso2_sender', 'Whether this process is the one that tells it.', () => (readings.wso2.isSending() ? 1 : 0))
  gaugeBy('queue', registry, { name: 'jeton_queue_length', help: 'Waiting entries of each bounded queue.', readings: readings.queues })
  gaugeBy('state', registry, {
    name: 'jeton_database_connections',
    help: 'Connections of this process to the database: all that are open, and those of them that are idle.',
    readings: readings.connections,
  })
  new Counter({
    name: 'jeton_bus_messages_rejected_total',
    help: 'Messages between nodes that were passed over, since no node can have said them so.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(readings.rejectedBusMessages())
    },
  })
}

interface LabelledReadings {
  readonly name: string
  readonly help: string
  readonly readings: Readonly<Partial<Record<string, () => number>>>
}

function gaugeBy(label: string, registry: Registry, { name, help, readings }: LabelledReadings): void {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const [value, read] of Object.entries(readings)) if (read !== undefined) this.set({ [label]: value }, read())
    },
  })
}
