import { createEventLog, type EventLog } from '../adapters/system/event-log.js'
import { readEnvironment } from '../config/environment.js'
import { loadGatewaySettings, type SidecarSettings } from '../config/load-gateway-settings.js'
import { keepCopies } from '../gateway/copies/keep-copies.js'
import { createTokenVerifier, type TokenVerifier } from '../gateway/create-token-verifier.js'
import type { GatewayEvent } from '../gateway/gateway-events.js'
import { createSidecar } from '../gateway/sidecar.js'
import { createSidecarMetrics } from '../gateway/sidecar-metrics.js'
import { createSystemClock } from '../gateway/system-clock.js'
import { listen } from './listen.js'
import { wrongConfiguration } from './load-configuration.js'

export interface RunningSidecar {
  readonly url: string
  close(): Promise<void>
}

export const GATEWAY_FILE = 'gateway.toml'
const GRACE_MS = 5000

/** @throws CommandRefused `wrong_configuration`, `cannot_listen` */
export function startSidecar(file = GATEWAY_FILE): Promise<RunningSidecar> {
  const loaded = loadGatewaySettings(file, readEnvironment())
  if (!loaded.ok) throw wrongConfiguration(loaded.problems)
  return runSidecar(loaded.settings, createEventLog({ level: 'info' }))
}

/** Listens, then follows the feed. Until what is known has been confirmed, or five seconds are over, every request is answered 503. */
export async function runSidecar(settings: SidecarSettings, log: EventLog): Promise<RunningSidecar> {
  const { hostname, port, policies } = settings
  const metrics = createSidecarMetrics()
  const listening = await listen({ server: { hostname, port, workers: 1, behindTlsProxy: true }, https: undefined })
  const note = createNotes(log)
  const onEvent = (event: GatewayEvent): void => {
    metrics.happened(event)
    note(event)
  }
  const copies = keepCopies(settings.copies, {
    hardMs: settings.copies.hardMs,
    clock: createSystemClock(),
    onProblem: (copy, message) => onEvent({ type: 'copy_problem', message: `${copy}: ${message}` }),
  })
  const verifier: TokenVerifier = await createTokenVerifier({ ...settings.verifier, onEvent, observer: copies })
  metrics.observe(verifier)
  await listening.serve(createSidecar({ verifier, policies, metrics }))
  return {
    url: listening.url,
    async close() {
      await listening.close(GRACE_MS)
      await verifier.close()
      await copies.close()
    },
  }
}

/** A connection that is tried again and again for the same reason is told once. */
function createNotes(log: EventLog): (event: GatewayEvent) => void {
  let before = ''
  return ({ type, ...rest }) => {
    const { position, ...fields } = { position: undefined, ...rest }
    const told = 'message' in fields ? `${type} ${String(fields.message)}` : ''
    if (told !== '' && told === before) return
    before = told
    const place = position === undefined ? {} : { epoch: position.epoch, seq: position.seq }
    const flat = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]))
    log.note(type === 'snapshot' || type === 'warm_start' ? 'info' : type === 'untrusted' ? 'error' : 'warn', `gateway_${type}`, {
      ...flat,
      ...place,
    })
  }
}
