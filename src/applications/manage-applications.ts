import { randomUUID } from 'node:crypto'
import { CommandRefused } from '../errors/operational-errors.js'
import type { Application } from '../model/application.js'
import { type Caller, isOwnedBy, seesEverybodys } from '../model/caller.js'
import { applicationId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { ApplicationChange, ApplicationPage, ApplicationQuery, ApplicationStore } from '../stores/application-store.js'
import {
  parseApplicationName,
  parseApplicationTokenType,
  parseAttributes,
  parseDescription,
  parseThrottlingPolicy,
  type WantedApplication,
} from './application-metadata.js'

export interface ApplicationRegistryNeeds {
  readonly applications: ApplicationStore
  /** What people call whoever asks. @throws StoreUnavailable */
  readonly nameOf: (caller: Caller) => Promise<string>
  /** Called after each change with the entries it caused, before the change is reported as done. */
  readonly afterChange: (entries: readonly RevocationEntry[]) => Promise<void>
}

/**
 * The applications of whoever asks. For everybody else there are none: all verbs that take an id @throws CommandRefused `not_found`
 * for another's as for one that does not exist.
 */
export interface ApplicationRegistry {
  /** @throws CommandRefused `invalid_…`, `already_exists` */
  create(caller: Caller, wanted: WantedApplication): Promise<Application>
  list(caller: Caller, query: Omit<ApplicationQuery, 'owner'>): Promise<ApplicationPage>
  get(caller: Caller, id: string): Promise<Application>
  /** Another kind of token is that of its clients from then on; what they hold stays good. @throws CommandRefused `invalid_…`, `already_exists` */
  update(caller: Caller, id: string, wanted: WantedApplication): Promise<Application>
  /** With its clients; what they hold is refused. */
  remove(caller: Caller, id: string): Promise<void>
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const noSuchApplication = (): CommandRefused => new CommandRefused('not_found', 'there is no such application')

export function createApplicationRegistry({ applications, nameOf, afterChange }: ApplicationRegistryNeeds): ApplicationRegistry {
  async function get(caller: Caller, id: string): Promise<Application> {
    // Of another form there is none, and no database is asked.
    const application = UUID.test(id) ? await applications.find(applicationId(id)) : undefined
    if (application === undefined || !isOwnedBy(caller, application.owner)) throw noSuchApplication()
    return application
  }

  return {
    async create(caller, wanted) {
      const asked = { description: '', tokenType: 'JWT' as const, attributes: new Map<string, string>(), ...parseWanted(wanted) }
      const application: Application = {
        ...asked,
        id: applicationId(randomUUID()),
        owner: caller.subject,
        ownerName: await nameOf(caller),
        status: 'APPROVED',
        keys: [],
      }
      await applications.create(application)
      return application
    },
    list: (caller, query) => applications.list({ ...query, owner: seesEverybodys(caller) ? undefined : caller.subject }),
    get,
    async update(caller, id, wanted) {
      const { id: known } = await get(caller, id)
      const changed = await applications.update(known, parseWanted(wanted))
      if (changed === undefined) throw noSuchApplication()
      await afterChange([])
      return changed
    },
    async remove(caller, id) {
      const { id: known } = await get(caller, id)
      const entries = await applications.remove(known)
      if (entries === undefined) throw noSuchApplication()
      await afterChange(entries)
    },
  }
}

function parseWanted(wanted: WantedApplication): ApplicationChange & Pick<Application, 'name' | 'throttlingPolicy'> {
  const { name, throttlingPolicy, description, tokenType, attributes } = wanted
  return {
    name: parseApplicationName(name),
    throttlingPolicy: parseThrottlingPolicy(throttlingPolicy),
    ...(description !== undefined && { description: parseDescription(description) }),
    ...(tokenType !== undefined && { tokenType: parseApplicationTokenType(tokenType) }),
    ...(attributes && { attributes: parseAttributes(attributes) }),
  }
}
