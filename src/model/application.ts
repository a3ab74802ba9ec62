import type { TokenType } from './client.js'
import type { ApplicationId, ClientId, Subject } from './ids.js'

/** For which of its environments an application uses a client. WSO2's words. */
export type KeyType = 'PRODUCTION' | 'SANDBOX'

/** One of an application's clients. */
export interface ApplicationKey {
  /** A UUID. */
  readonly keyMappingId: string
  readonly keyType: KeyType
  readonly clientId: ClientId
}

/** What a developer registers in the portal API: it has a client for each of its keys. */
export interface Application {
  readonly id: ApplicationId
  /** Unique among its owner's. */
  readonly name: string
  /** undefined: of a database that was taken over, where nobody is known by this name. */
  readonly owner: Subject | undefined
  /** What people call the owner. */
  readonly ownerName: string
  /** Kept for gateways; nothing is limited here. */
  readonly throttlingPolicy: string
  readonly description: string
  /** That of all its clients. */
  readonly tokenType: TokenType
  readonly status: string
  readonly attributes: ReadonlyMap<string, string>
  /** In the order of their types. */
  readonly keys: readonly ApplicationKey[]
}
