import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { BusinessEvent } from '../../model/event.js'

type EventOf<Type> = Extract<BusinessEvent, { readonly type: Type }>

/** What is purged, as it happens in this process. */
export interface PurgeCounting {
  batch(event: EventOf<'purge_batch'>): void
  run(event: EventOf<'purged'>): void
}

const TARGETS = [
  'tokens',
  'dead tokens',
  'wso2 tokens',
  'authorization codes',
  'device codes',
  'backchannel requests',
  'pushed requests',
  'sessions',
  'orphaned session data',
  'pre-sessions',
  'revocations',
  'grants',
  'audit',
  'backups',
  'registry log',
  'registry properties',
  'registry tags',
]
const REASONS = ['expired', 'revoked', 'inactive', 'superseded', 'deleted', 'orphaned']
const LOCK_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

const bounded = (value: string, known: readonly string[]): string => (known.includes(value) ? value : 'other')

export function createPurgeCounting(registry: Registry): PurgeCounting {
  const registers = [registry]
  const rows = new Counter({
    name: 'jeton_purged_rows_total',
    help: 'Rows deleted because they could no longer change an answer.',
    labelNames: ['target', 'reason'],
    registers,
  })
  const locked = new Histogram({
    name: 'jeton_purge_lock_seconds',
    help: 'How long the transaction of a batch may have held locks.',
    labelNames: ['target'],
    buckets: LOCK_BUCKETS,
    registers,
  })
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, labelNames: ['target'], registers })
  const limit = gauge('jeton_purge_batch_rows', 'How many rows the last batch might have taken.')
  const duration = gauge('jeton_purge_duration_seconds', 'How long the last run took.')
  const lag = gauge(
    'jeton_purge_lag_seconds',
    'How long the oldest row that could go had been waiting when the last run ended; where an index tells.',
  )
  return {
    batch(event) {
      const target = bounded(event.target, TARGETS)
      for (const [reason, count] of Object.entries(event.byReason)) rows.inc({ target, reason: bounded(reason, REASONS) }, count)
      locked.observe({ target }, event.lockMs / 1000)
      limit.set({ target }, event.limit)
    },
    run(event) {
      const target = bounded(event.target, TARGETS)
      duration.set({ target }, event.seconds)
      if (event.lag !== undefined) lag.set({ target }, event.lag)
    },
  }
}
