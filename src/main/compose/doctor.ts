import type { Settings } from '../../config/settings.js'
import { StoreUnavailable } from '../../errors/operational-errors.js'
import type { DoctorCheck, KeyOperations } from '../commands/operations.js'
import type { Resources } from '../resources.js'
import type { State } from './compose-state.js'

export interface DoctorParts {
  readonly state: State
  readonly keys: Pick<KeyOperations, 'list'>
}

/** `jeton doctor`: each check says what is wrong and what to do about it. */
export function createDoctor(settings: Settings, { stores }: Resources, { state, keys }: DoctorParts): () => Promise<readonly DoctorCheck[]> {
  return async () => [
    await checkDatabase(state),
    await checkSchema(stores),
    checkClock(settings, state),
    await checkKeys(keys),
    checkNotices(settings),
  ]
}

async function checkDatabase({ follower }: State): Promise<DoctorCheck> {
  try {
    await follower.poll()
    return { name: 'database', ok: true, message: 'answers' }
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    return { name: 'database', ok: false, message: 'does not answer', remedy: 'see that its file can be read and written and that the disk has room' }
  }
}

async function checkSchema({ status }: Resources['stores']): Promise<DoctorCheck> {
  const { pending } = await status.migrations()
  if (pending.length === 0) return { name: 'schema', ok: true, message: 'is up to date' }
  return { name: 'schema', ok: false, message: `${pending.length} migrations are pending`, remedy: 'run "jeton migrate"' }
}

function checkClock({ revocation }: Settings, { follower }: State): DoctorCheck {
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
