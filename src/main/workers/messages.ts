import type { RevocationEntry } from '../../model/revocation-entry.js'

/** What a worker tells the process that started it. */
export type FromWorker =
  /** It hears what the others say from now on. To be said before it reads anything of the database. */
  | { readonly jeton: 'joined' }
  | { readonly jeton: 'serving'; readonly url: string }
  | { readonly jeton: 'recorded'; readonly ticket: number; readonly entries: readonly RevocationEntry[] }
  | { readonly jeton: 'taken'; readonly ticket: number }

/** What it hears from there. */
export type ToWorker =
  | { readonly jeton: 'take'; readonly ticket: number; readonly entries: readonly RevocationEntry[] }
  /** All others have taken what it had recorded. */
  | { readonly jeton: 'known'; readonly ticket: number }

/** Both ends are of one version: what carries the mark is well formed. */
export function isFromWorker(message: unknown): message is FromWorker {
  return typeof message === 'object' && message !== null && 'jeton' in message
}

export function isToWorker(message: unknown): message is ToWorker {
  return isFromWorker(message)
}
