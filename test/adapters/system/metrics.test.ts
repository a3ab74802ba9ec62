import { createMetrics } from '../../../src/adapters/system/metrics.js'
import type { BusinessEvent } from '../../../src/model/event.js'
import { clientId, grantId, keyId } from '../../../src/model/ids.js'
import { NEVER } from '../../../src/model/revocation-entry.js'

const client = clientId('web')

function createSubject() {
  const now = { entries: 3, seq: 17, staleness: Number.POSITIVE_INFINITY, waiting: 2, open: 4, idle: 1, rejected: 0 }
  const metrics = createMetrics({
    readings: {
      revocationEntries: () => now.entries,
      revocationSeq: () => now.seq,
      stalenessSeconds: () => now.staleness,
      queues: { revocations: () => now.waiting },
      connections: { open: () => now.open, idle: () => now.idle },
      wso2: { waiting: () => now.waiting, oldestSeconds: () => 12, isSending: () => true },
      rejectedBusMessages: () => now.rejected,
    },
    routes: ['/oauth2/token'],
  })
  return { now, metrics }
}

async function bodyAfter(...events: readonly BusinessEvent[]): Promise<string> {
  const { metrics } = createSubject()
  for (const event of events) metrics.sink(event)
  return (await metrics.render()).body
}

const linesOf = (body: string, name: string): string[] => body.split('\n').filter((line) => line.startsWith(name))

describe('the metrics', () => {
  it.each([
    [{ type: 'tokens_issued', clientId: client, grantType: 'password' }, 'jeton_tokens_issued_total{grant_type="password"} 1'],
    [{ type: 'token_refused', clientId: client, reason: 'invalid_grant' }, 'jeton_tokens_refused_total{reason="invalid_grant"} 1'],
    [{ type: 'revoked', entry: { seq: 1, kind: 'key', id: 'k', cutoff: undefined, expires: NEVER } }, 'jeton_revocations_total{kind="key"} 1'],
    [{ type: 'refresh_replayed', clientId: client, grantId: grantId('g'), generation: 1 }, 'jeton_refresh_replays_total 1'],
    [{ type: 'revocation_limited', clientId: client, isNews: false }, 'jeton_revocations_limited_total 1'],
    [{ type: 'authentication_failed', subject: 'user', limited: false }, 'jeton_authentication_failures_total{subject="user"} 1'],
    [
      { type: 'purge_batch', target: 'grants', byReason: { expired: 40 }, limit: 50, lockMs: 7 },
      'jeton_purged_rows_total{target="grants",reason="expired"} 40',
    ],
    [{ type: 'purge_batch', target: 'grants', byReason: {}, limit: 50, lockMs: 7 }, 'jeton_purge_batch_rows{target="grants"} 50'],
    [{ type: 'purge_batch', target: 'grants', byReason: {}, limit: 50, lockMs: 7 }, 'jeton_purge_lock_seconds_bucket{le="0.01",target="grants"} 1'],
    [{ type: 'purged', target: 'grants', deleted: 40, seconds: 2, lag: 3 }, 'jeton_purge_duration_seconds{target="grants"} 2'],
    [{ type: 'purged', target: 'grants', deleted: 40, seconds: 2, lag: 3 }, 'jeton_purge_lag_seconds{target="grants"} 3'],
    [{ type: 'wso2_event_posted', outcome: 'refused' }, 'jeton_wso2_events_total{outcome="refused"} 1'],
    [{ type: 'wso2_events_expired', count: 3 }, 'jeton_wso2_events_total{outcome="expired"} 3'],
  ] as const satisfies readonly (readonly [BusinessEvent, string])[])('count $type', async (event, line) => {
    expect((await bodyAfter(event)).split('\n')).toContain(line)
  })

  it('give one value for all labels that are not known, whatever a client sends', async () => {
    const odd = Array.from({ length: 50 }, (_, n): BusinessEvent[] => [
      { type: 'tokens_issued', clientId: client, grantType: `odd-${n}` },
      { type: 'token_refused', clientId: client, reason: `odd-${n}` },
      { type: 'purge_batch', target: `odd-${n}`, byReason: { [`odd-${n}`]: 1 }, limit: 1, lockMs: 1 },
    ])
    const body = await bodyAfter(...odd.flat())
    expect(body).toContain('jeton_tokens_issued_total{grant_type="other"} 50')
    expect(body).toContain('jeton_tokens_refused_total{reason="other"} 50')
    expect(body).toContain('jeton_purged_rows_total{target="other",reason="other"} 50')
    expect(body).not.toContain('odd')
  })

  it('count nothing for what only the log tells', async () => {
    const body = await bodyAfter(
      { type: 'key_rotated', keyId: keyId('k'), use: 'access' },
      { type: 'epoch_started', epoch: '1', lost: 0 },
      { type: 'store_unavailable', store: 'database', cause: undefined },
      { type: 'store_answers_again', store: 'database' },
      { type: 'request_failed', cause: undefined },
      { type: 'refresh_ahead_of_database', clientId: client, grantId: grantId('g'), generation: 1 },
    )
    expect(linesOf(body, 'jeton_').filter((line) => /_total(\{.*\})? [1-9]/.test(line))).toEqual([])
  })

  it('read the revocation set and the queues when they are asked for', async () => {
    const { now, metrics } = createSubject()
    const first = (await metrics.render()).body.split('\n')
    expect(first).toContain('jeton_revocation_set_entries 3')
    expect(first).toContain('jeton_revocation_seq 17')
    expect(first).toContain('jeton_queue_length{queue="revocations"} 2')
    for (const [name, value] of Object.entries({ events_waiting: 2, oldest_waiting_seconds: 12, sender: 1 }))
      expect(first).toContain(`jeton_wso2_${name} ${value}`)
    expect(first).toContain('jeton_revocation_staleness_seconds +Inf')
    now.staleness = 0.5
    expect((await metrics.render()).body.split('\n')).toContain('jeton_revocation_staleness_seconds 0.5')
  })

  it('read connections and what was rejected of the bus when they are asked for', async () => {
    const { now, metrics } = createSubject()
    expect(linesOf((await metrics.render()).body, 'jeton_bus')).toEqual(['jeton_bus_messages_rejected_total 0'])
    Object.assign(now, { open: 10, idle: 7, rejected: 3 })
    for (let time = 0; time < 2; time++) {
      const { body } = await metrics.render()
      expect(linesOf(body, 'jeton_database')).toEqual(['jeton_database_connections{state="open"} 10', 'jeton_database_connections{state="idle"} 7'])
      expect(linesOf(body, 'jeton_bus')).toEqual(['jeton_bus_messages_rejected_total 3'])
    }
  })

  it('measure requests by route and status; an unknown path is no route', async () => {
    const { metrics } = createSubject()
    metrics.observeRequest({ route: '/oauth2/token', status: 200, seconds: 0.003 })
    metrics.observeRequest({ route: '/wp-login.php', status: 404, seconds: 0.001 })
    const { body } = await metrics.render()
    expect(body).toContain('jeton_http_request_duration_seconds_bucket{le="0.005",route="/oauth2/token",status="200"} 1')
    expect(body).toContain('jeton_http_request_duration_seconds_count{route="other",status="404"} 1')
    expect(body).not.toContain('wp-login')
  })

  it('tell how the process fares, in the text format of Prometheus', async () => {
    const { contentType, body } = await createSubject().metrics.render()
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(body).toContain('process_cpu_user_seconds_total')
    expect(body).toContain('nodejs_eventloop_lag_seconds')
  })

  it('are not shared by two servers in one process', async () => {
    const [one, other] = [createSubject(), createSubject()]
    one.metrics.sink({ type: 'tokens_issued', clientId: client, grantType: 'password' })
    expect((await other.metrics.render()).body).not.toContain('grant_type="password"')
  })
})
