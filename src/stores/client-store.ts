import type { AccountState, Client, ClientLifetimes, SecretHash, TokenType } from '../model/client.js'
import type { ClientId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'

/** What of a client may change. Absent: stays as it is. */
export interface ClientChange {
  readonly name?: string
  readonly grantTypes?: readonly string[]
  readonly scopes?: readonly string[]
  readonly audiences?: readonly string[]
  readonly redirectUris?: readonly string[]
  readonly state?: AccountState
  readonly secretHash?: SecretHash
  /** All of them anew: one that is absent is the server's setting again. */
  readonly lifetimes?: ClientLifetimes
}

/** A change of a client or user, with the revocation entry that was made in the same transaction, if one was. */
export interface Changed<Record> {
  readonly record: Record
  readonly entry: RevocationEntry | undefined
}

export interface ClientStore {
  /** @throws StoreUnavailable */
  find(id: ClientId): Promise<Client | undefined>
  /** At most `limit` clients with an id greater than `after`, ascending by id. @throws StoreUnavailable */
  list(after: string, limit: number): Promise<readonly Client[]>
  /** Whether there is any client yet. @throws StoreUnavailable */
  isEmpty(): Promise<boolean>
  /** With it its lifetimes are in force (see ChangeHeads). @throws CommandRefused `already_exists` when the id is taken. @throws StoreUnavailable */
  create(client: Client): Promise<void>
  /**
   * Changes the client and, in the same transaction, writes the entry that the change causes, judged on the record that it meets
   * there: none where nothing is taken away (see isClientCutOff), an open one for a client that is or becomes disabled, else one
   * with a cut-off. @returns undefined when there is no such client. @throws StoreUnavailable
   */
  update(id: ClientId, change: ClientChange): Promise<Changed<Client> | undefined>
  /**
   * Gives clients the kind of token that they are to have, and with them their applications, whose other clients follow. What
   * they have been issued stays good. @returns how many clients had the other kind. @throws StoreUnavailable
   */
  moveTo(tokenType: TokenType, ids: readonly ClientId[]): Promise<number>
  /** Deletes the client, which is then no key of an application any more, with an open entry in the same transaction. @returns undefined when there was none. @throws StoreUnavailable */
  remove(id: ClientId): Promise<RevocationEntry | undefined>
}
