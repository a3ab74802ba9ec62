import type { Seconds } from '../model/time.js'

/** That the tables were another server's (WSO2's), and have been taken over. */
export interface Adoption {
  /** Whether everything that was revoked there is known here. */
  readonly isFinished: boolean
}

/** How many entries an import has added to the revocation log. */
export interface ImportedRevocations {
  readonly tokens: number
  readonly subjects: number
  readonly clients: number
}

/** The longest lifetimes that the taken-over clients and tokens have, without those that never end. */
export interface AdoptedLifetimes {
  readonly access: Seconds
  readonly refresh: Seconds
}

export interface AdoptionStore {
  /** @returns undefined where the tables are Jeton's own. @throws StoreUnavailable */
  find(): Promise<Adoption | undefined>
  /** @throws StoreUnavailable */
  longestLifetimes(): Promise<AdoptedLifetimes>
  /** Gives clients that have none the kind of token they had there, where that is known. @returns how many. @throws StoreUnavailable */
  takeTokenTypes(): Promise<number>
  /**
   * Adds what was revoked there, and is not in the log yet, to the log. Reads the other server's tables and never writes them.
   * Whoever is interrupted begins again. @throws StoreUnavailable
   */
  importRevocations(): Promise<ImportedRevocations>
  /** Says that the import is done. @throws StoreUnavailable */
  finish(): Promise<void>
}
