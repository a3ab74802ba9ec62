import { CommandRefused } from '../../errors/operational-errors.js'
import type { AdoptionStore } from '../../stores/adoption-store.js'

/** Whether the tables were another server's, as this process knows it. */
export interface AdoptionState {
  /** What `iss` its JWTs may have, besides this server's own. */
  readonly issuers: readonly string[]
  /** false until it is loaded. */
  isAdopted(): boolean
  /** @throws CommandRefused `adoption_unfinished`: what was revoked over there has to be known before the first answer. @throws StoreUnavailable */
  load(): Promise<void>
}

export function createAdoptionState(adoption: Pick<AdoptionStore, 'find'>, issuers: readonly string[]): AdoptionState {
  let isAdopted = false
  return {
    issuers,
    isAdopted: () => isAdopted,
    async load() {
      const found = await adoption.find()
      if (found?.isFinished === false)
        throw new CommandRefused('adoption_unfinished', 'the database has not been taken over to the end: run "jeton migrate --adopt" again')
      isAdopted = found !== undefined
    },
  }
}
