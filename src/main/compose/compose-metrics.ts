import type { ConnectionUse } from '../../adapters/prisma/engines/engine.js'
import { createMetrics, type Metrics } from '../../adapters/system/metrics.js'
import { OBSERVED_PATHS } from '../../http/create-app.js'
import type { Outbox } from '../../wso2/outbox.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'

interface Read {
  readonly state: () => State
  readonly bus: () => Resources['bus']
  readonly outbox: () => Outbox | undefined
}

/** Counts what happens, and reads the state when it is asked. */
export function composeMetrics({ state, bus, outbox }: Read, { clock, among }: Pick<Resources, 'clock' | 'among'>): Metrics {
  const connections = (use: keyof ConnectionUse) => () => among?.connections()?.[use] ?? 0
  return createMetrics({
    routes: OBSERVED_PATHS,
    readings: {
      revocationEntries: () => state().revocations.size,
      revocationSeq: () => state().follower.position,
      stalenessSeconds: () => (clock.nowMs() - (state().follower.confirmedAtMs ?? Number.NEGATIVE_INFINITY)) / 1000,
      queues: {
        revocations: () => state().recorder.pending(),
        refreshes: () => state().advances.pending(),
        ...(among && { database_connections: connections('waiting') }),
      },
      connections: among ? { open: connections('open'), idle: connections('idle') } : {},
      wso2: {
        waiting: () => outbox()?.waiting() ?? 0,
        oldestSeconds: () => outbox()?.oldestSeconds() ?? 0,
        isSending: () => outbox()?.isSending() ?? false,
      },
      rejectedBusMessages: () => bus()?.rejected() ?? 0,
    },
  })
}
