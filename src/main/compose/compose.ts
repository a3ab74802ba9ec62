import type { Metrics } from '../../adapters/system/metrics.js'
import type { Settings } from '../../config/settings.js'
import { createExchange } from '../../grants/exchange.js'
import type { App } from '../../http/create-app.js'
import type { RotationSettings } from '../../keys/plan-keys.js'
import { createKeyRotation } from '../../keys/rotate-keys.js'
import { longer, seconds } from '../../model/time.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { Operations } from '../commands/operations.js'
import { reportOutagesSparingly } from '../report-outages.js'
import type { Resources } from '../resources.js'
import { composeApp } from './compose-app.js'
import { composeGrants } from './compose-grants.js'
import { composeJobs, type Jobs } from './compose-jobs.js'
import { composeMetrics } from './compose-metrics.js'
import { composeOperations } from './compose-operations.js'
import { composeOwnClaims } from './compose-own-claims.js'
import { composePairs } from './compose-pairs.js'
import { composePurger } from './compose-purger.js'
import { composeReading } from './compose-reading.js'
import { composeRevocation } from './compose-revocation.js'
import { composeState, type State } from './compose-state.js'
import { composeOutbox, composeWider } from './compose-wso2.js'
import { makeNodeId } from './node-id.js'
import { createReadiness } from './readiness.js'

export interface ComposeSettings {
  readonly settings: Settings
  /** `iss`, now that the port is known. */
  readonly issuer: string
  readonly version: string
}

/** A Jeton, put together and not yet running. */
export interface Jeton {
  readonly app: App
  readonly operations: Operations
  readonly jobs: Jobs
  /** Loads what has to be known before the first answer. @throws StoreUnavailable @throws CommandRefused */
  prepare(): Promise<void>
  /** No longer ready; ends what would never end by itself. */
  retire(): void
}

/** How long anyone may keep the key set. */
const JWKS_MAX_AGE = seconds(300)

function rotationSettings({ keystore, revocation: { maxStaleness, maxClockSkew, pollIntervalMs } }: Settings): RotationSettings {
  const pollInterval = Math.ceil(pollIntervalMs / 1000)
  return {
    ...keystore,
    // Nobody's key set, and no node that serves, is older.
    publishBefore: seconds(longer(JWKS_MAX_AGE, maxStaleness) + pollInterval),
    ringTakeover: seconds(maxClockSkew + pollInterval),
    // The clock of the one that signs may be behind the database's, and that of the one that retires the key ahead of it.
    signingLag: seconds(maxStaleness + pollInterval + 2 * maxClockSkew),
  }
}

/** Whoever wants to know what happened: the outage watch of everything, log and metrics of an outage now and then. */
function composeEvents({ log, clock }: Resources, metrics: Metrics, state: () => State): EventSink {
  const told = reportOutagesSparingly((event) => {
    log.sink(event)
    metrics.sink(event)
  }, clock)
  return (event) => {
    state().outages.sink(event)
    told(event)
  }
}

/** Composition root: the only function that knows every part. It branches on settings only. */
export function compose({ settings, issuer, version }: ComposeSettings, opened: Resources): Jeton {
  const { stores, sealer, clock } = opened
  const metrics = composeMetrics({ state: () => state, bus: () => resources.bus, outbox: () => outbox }, opened)
  const events = composeEvents(opened, metrics, () => state)
  const resources: Resources = { ...opened, ...opened.share?.({ secret: () => state.keys.ring().secret(), events }) }
  const state: State = composeState(settings, resources, { events, issuer })
  const nodeId = makeNodeId()
  const telling = { state: () => state, events, nodeId }
  const [outbox, wider] = [composeOutbox(settings, resources, telling), composeWider(settings, resources, telling)]
  const rotating = rotationSettings(settings)
  const readiness = createReadiness(state, resources, rotating.publishBefore)
  const longestLifetime = () => longer(state.follower.heads().longestAccessLifetime, state.follower.heads().longestRefreshLifetime)
  const rotation = createKeyRotation({ store: stores.keys, sealer, clock, events, longestLifetime }, rotating)
  const reading = composeReading(state, resources, issuer)
  const grants = composeGrants(settings, resources, { state, reading, events, issuer })
  const pairs = composeOwnClaims(composePairs(settings, resources, { state, events, issuer }), resources, state)
  const exchange = createExchange(grants, pairs, events)
  const revoking = composeRevocation(settings, resources, { state, reading, events })
  const grantTypes = grants.map((grant) => grant.grantType)
  const endpoints = { exchange, ...revoking, grantTypes, jwksMaxAge: JWKS_MAX_AGE, readiness: readiness.read }
  const running = { state, rotation, events, nodeId, outbox, wider, purge: composePurger(resources, { events, nodeId }) }
  const operations = composeOperations(settings, resources, { ...running, ...revoking, version })
  const app = composeApp(settings, resources, { state, reading, issuer, metrics, events, operations, version, wider, ...endpoints })
  return {
    app,
    operations,
    jobs: composeJobs(settings, resources, running),
    async prepare() {
      await state.adoption.load()
      const { applicationAccessToken, userAccessToken, refreshToken } = settings.lifetimes
      await stores.heads.raiseLifetimes(longer(applicationAccessToken, userAccessToken), refreshToken)
      await state.follower.poll()
      await rotation.tend()
      await state.keys.follow()
      readiness.prepared()
    },
    retire() {
      readiness.stopping()
      state.feed.close()
    },
  }
}
