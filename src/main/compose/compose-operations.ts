import { createApplicationMove } from '../../applications/move-applications.js'
import { hashClientSecret } from '../../clients/client-secret.js'
import { createClientRegistry } from '../../clients/manage-clients.js'
import type { Settings } from '../../config/settings.js'
import { type KeyState, keyState } from '../../keys/key-state.js'
import type { KeyRotation } from '../../keys/rotate-keys.js'
import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { Purger } from '../../purge/create-purger.js'
import type { EventSink } from '../../stores/event-sink.js'
import type { KeyUse, StoredKey } from '../../stores/key-store.js'
import type { RevokeToken } from '../../tokens/revoke-token.js'
import { createUserRegistry } from '../../users/manage-users.js'
import type { KeyListing, KeyOperations, Operations } from '../commands/operations.js'
import type { Resources } from '../resources.js'
import { createAdoption } from './adopt-database.js'
import { type AfterChange, createAfterChange } from './after-change.js'
import { composePurging } from './compose-purging.js'
import type { State } from './compose-state.js'
import { createDoctor } from './doctor.js'
import { createStatus } from './status.js'

export interface OperationParts {
  readonly state: State
  readonly rotation: KeyRotation
  readonly revokeToken: RevokeToken
  readonly events: EventSink
  readonly purge: Purger
  readonly version: string
  readonly nodeId: string
}

/** What the command line can ask for. Every change is in force in this process before it is reported as done. */
export function composeOperations(settings: Settings, resources: Resources, parts: OperationParts): Operations {
  const { stores, clock, passwords } = resources
  const { state, rotation, revokeToken, events, purge } = parts
  const afterChangeOf = createAfterChange(state, resources, events)
  const keys = createKeyOperations(rotation, resources, { afterChange: afterChangeOf('keys'), state })
  return {
    clock,
    clients: createClientRegistry({
      clients: stores.clients,
      hashSecret: (secret) => hashClientSecret(secret, state.keys.ring().secret()),
      clock,
      afterChange: afterChangeOf('clients'),
    }),
    moveApplications: createApplicationMove({ ...stores, afterChange: () => afterChangeOf('clients')(undefined) }),
    users: createUserRegistry({ users: stores.users, passwords, clock, afterChange: afterChangeOf('users') }),
    revoke: (revocation) => state.recorder.submit(revocation),
    revokeToken: async (token) => (await revokeToken(token))?.entry,
    keys,
    ...composePurging(settings, resources, purge),
    status: createStatus(resources, { ...parts, keys }),
    doctor: createDoctor(settings, resources, { state, keys }),
    migrate: () => stores.migrate(),
    partitions: stores.partitions,
    adopt: createAdoption(settings, stores),
  }
}

interface KeyParts {
  readonly afterChange: AfterChange
  readonly state: State
}

/** The verbs of the rotation, each followed by a reading of the keys. */
function createKeyOperations(rotation: KeyRotation, { stores, clock }: Resources, { afterChange, state }: KeyParts): KeyOperations {
  async function thenFollow<Result>(
    done: Promise<Result>,
    entryOf: (result: Result) => RevocationEntry | undefined = () => undefined,
  ): Promise<Result> {
    const result = await done
    await afterChange(entryOf(result))
    await state.keys.follow()
    return result
  }

  return {
    async list() {
      const { keys } = await stores.keys.list()
      const now = clock.now()
      return keys.filter(isRotating).map((key) => listingOf(key, keyState(key, keys, now)))
    },
    rotate: (use) => thenFollow(rotation.rotate(use)),
    retire: (keyId, force) => thenFollow(rotation.retire(keyId, force)),
    revoke: (keyId) => thenFollow(rotation.revoke(keyId), (entry) => entry),
    import: (imported, until) => thenFollow(rotation.import(imported, until)),
    rewrap: () => thenFollow(rotation.rewrap()),
  }
}

type RotatingKey = StoredKey & { readonly use: Exclude<KeyUse, 'secret'> }

const isRotating = (key: StoredKey): key is RotatingKey => key.use !== 'secret'

function listingOf({ keyId, algorithm, use, createdAt, signsFrom, retiresAt }: RotatingKey, state: KeyState): KeyListing {
  return { keyId, algorithm, use: use === 'adopted' ? 'access' : use, state, createdAt, signsFrom, retiresAt }
}
