import type { Application, ApplicationKey } from '../model/application.js'
import type { Client, TokenType } from '../model/client.js'
import type { ApplicationId, Subject } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'

/** Which applications are listed, and in what order. */
export interface ApplicationQuery {
  /** undefined: everybody's. */
  readonly owner: Subject | undefined
  /** The whole name; undefined: any. */
  readonly name: string | undefined
  readonly sortBy: 'name' | 'throttlingPolicy' | 'status'
  readonly descending: boolean
  readonly offset: number
  readonly limit: number
}

export interface ApplicationPage {
  readonly applications: readonly Application[]
  /** Of all that the query matches. */
  readonly total: number
}

/** What of an application may change. Absent: stays as it is. */
export interface ApplicationChange {
  readonly name?: string
  readonly throttlingPolicy?: string
  readonly description?: string
  readonly tokenType?: TokenType
  readonly attributes?: ReadonlyMap<string, string>
}

export interface ApplicationStore {
  /** @throws StoreUnavailable */
  find(id: ApplicationId): Promise<Application | undefined>
  /** @throws StoreUnavailable */
  list(query: ApplicationQuery): Promise<ApplicationPage>
  /** Without keys. @throws CommandRefused `already_exists` when its owner has one of that name. @throws StoreUnavailable */
  create(application: Application): Promise<void>
  /**
   * Another kind of token is that of all its clients, in the same transaction; what they have been issued stays good.
   * @returns undefined when there is no such application. @throws CommandRefused `already_exists` @throws StoreUnavailable
   */
  update(id: ApplicationId, change: ApplicationChange): Promise<Application | undefined>
  /**
   * Creates the client and makes it a key of the application, both or neither; its kind of token is the application's.
   * @returns undefined when there is no such application. @throws CommandRefused `already_exists` when it has a key of that type. @throws StoreUnavailable
   */
  addKey(id: ApplicationId, key: ApplicationKey, client: Client): Promise<Client | undefined>
  /**
   * Deletes the application and its clients, with an open entry for each of them in the same transaction.
   * @returns the entries; undefined when there was no such application. @throws StoreUnavailable
   */
  remove(id: ApplicationId): Promise<readonly RevocationEntry[] | undefined>
}
