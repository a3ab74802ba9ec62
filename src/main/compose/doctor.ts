import type { Settings } from '../../config/settings.js'
import { CommandRefused, StoreUnavailable } from '../../errors/operational-errors.js'
import type { DoctorCheck, KeyOperations } from '../commands/operations.js'
import { diagnoseOutage } from '../diagnose-outage.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'
import { checkDeadTokens } from './doctor-cleanup.js'
import { checkLog } from './doctor-log.js'
import { checkPartitions } from './doctor-partitions.js'
import { checkRedis } from './doctor-redis.js'
import { checkLifetimes, checkOpaqueApplications, checkPortals } from './doctor-switching.js'

export interface DoctorParts {
  readonly state: State
  readonly keys: Pick<KeyOperations, 'list'>
}

type Check = () => Promise<DoctorCheck>

/** `jeton doctor`: each check says what is wrong and what to do about it. What needs the database is asked only as long as it answers. */
export function createDoctor(settings: Settings, resources: Resources, { state, keys }: DoctorParts): () => Promise<readonly DoctorCheck[]> {
  const { stores, busVersion } = resources
  const onDatabase: readonly Check[] = [
    () => checkSchema(stores),
    () => checkWriting(stores),
    () => checkClock(settings, state),
    () => checkLog(stores.revocations),
    () => checkKeys(keys),
    () => checkDeadTokens(settings, stores.status),
    () => checkPartitions(stores.partitions),
    () => checkOpaqueApplications(stores.clients),
    () => checkLifetimes(settings, stores.clients),
  ]
  return async () => [
    ...(await untilOneFails(onDatabase)),
    ...(busVersion === undefined ? [] : [await checkRedis(busVersion)]),
    checkPortals(settings),
    checkNotices(settings),
  ]
}

/** A check that fails takes the ground from those behind it, except those of the clock and of the keys. */
async function untilOneFails(checks: readonly Check[]): Promise<readonly DoctorCheck[]> {
  const done: DoctorCheck[] = []
  for (const check of checks) {
    const result = await check().catch(asFailedDatabase)
    done.push(...(done.length === 0 && result.name !== 'database' ? [{ name: 'database', ok: true, message: 'answers' }] : []), result)
    if (!result.ok && GROUND.includes(result.name)) break
  }
  return done
}

const GROUND: readonly string[] = ['database', 'schema', 'writing']

function asFailedDatabase(error: unknown): DoctorCheck {
  if (!(error instanceof StoreUnavailable)) throw error
  return { name: 'database', ok: false, ...diagnoseOutage(error) }
}

async function checkSchema({ status }: Resources['stores']): Promise<DoctorCheck> {
  try {
    const { pending } = await status.migrations()
    if (pending.length === 0) return { name: 'schema', ok: true, message: 'is up to date' }
    return { name: 'schema', ok: false, message: `lacks ${pending.join(', ')}`, remedy: 'run "jeton migrate"' }
  } catch (error) {
    if (!(error instanceof CommandRefused)) throw error
    return { name: 'schema', ok: false, message: error.message, remedy: 'use the version that made it, or put a backup back' }
  }
}

/** Raises nothing: what is recorded is longer already. But it has to be let through. */
async function checkWriting({ heads }: Resources['stores']): Promise<DoctorCheck> {
  const { longestAccessLifetime, longestRefreshLifetime } = await heads.read()
  try {
    await heads.raiseLifetimes(longestAccessLifetime, longestRefreshLifetime)
    return { name: 'writing', ok: true, message: 'is possible' }
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    const { message, remedy } = diagnoseOutage(error)
    return { name: 'writing', ok: false, message: `the database ${message}`, remedy }
  }
}

async function checkClock({ revocation }: Settings, { follower }: State): Promise<DoctorCheck> {
  await follower.poll()
  if (!follower.isSkewed()) return { name: 'clock', ok: true, message: 'agrees with the database' }
  return {
    name: 'clock',
    ok: false,
    message: `differs from the database's by more than ${revocation.maxClockSkew} s`,
    remedy: 'synchronize the clocks (NTP)',
  }
}

async function checkKeys(keys: Pick<KeyOperations, 'list'>): Promise<DoctorCheck> {
  const listed = await keys.list()
  const missing = (['access', 'refresh'] as const).flatMap((use) =>
    (['signing', 'published'] as const)
      .filter((state) => !listed.some((key) => key.use === use && key.state === state))
      .map((state) => `${use} key: none is ${state}`),
  )
  if (missing.length === 0) return { name: 'keys', ok: true, message: 'one of each kind signs, and the next is published' }
  return { name: 'keys', ok: false, message: missing.join('; '), remedy: 'start the server: it makes what is missing' }
}

function checkNotices({ notices }: Settings): DoctorCheck {
  return { name: 'configuration', ok: true, message: notices.length === 0 ? 'is good' : notices.join(' ') }
}
