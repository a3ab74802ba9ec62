import type { ClientId, GrantId, KeyId } from './ids.js'
import type { RevocationEntry } from './revocation-entry.js'

/** What an operator or an auditor wants to know. No token, secret or hash is in any of them. */
export type BusinessEvent =
  | { readonly type: 'tokens_issued'; readonly clientId: ClientId; readonly grantType: string }
  | { readonly type: 'token_refused'; readonly reason: string; readonly clientId: ClientId | undefined }
  | { readonly type: 'authentication_failed'; readonly subject: 'client' | 'user'; readonly limited: boolean }
  | { readonly type: 'refresh_replayed'; readonly clientId: ClientId; readonly grantId: GrantId; readonly generation: number }
  | { readonly type: 'refresh_ahead_of_database'; readonly clientId: ClientId; readonly grantId: GrantId; readonly generation: number }
  | { readonly type: 'revoked'; readonly entry: RevocationEntry }
  /** One that would have been an entry. `isNews`: the first of its client in a minute. */
  | { readonly type: 'revocation_limited'; readonly clientId: ClientId; readonly isNews: boolean }
  | { readonly type: 'key_rotated'; readonly keyId: KeyId; readonly use: 'access' | 'refresh' }
  | { readonly type: 'epoch_started'; readonly epoch: string; readonly lost: number }
  | {
      readonly type: 'purge_batch'
      readonly target: string
      readonly byReason: Readonly<Record<string, number>>
      readonly limit: number
      readonly lockMs: number
    }
  /** `lag`: seconds that the oldest row has been waiting, where an index tells. */
  | { readonly type: 'purged'; readonly target: string; readonly deleted: number; readonly seconds: number; readonly lag: number | undefined }
  | { readonly type: 'store_unavailable'; readonly store: string; readonly cause: unknown }
  | { readonly type: 'store_answers_again'; readonly store: string }
  /** One POST to WSO2's control plane. */
  | { readonly type: 'wso2_event_posted'; readonly outcome: 'taken' | 'refused' | 'failed' }
  /** Not taken again and again, while others were: it is tried on, and nobody waits for it. */
  | { readonly type: 'wso2_event_set_aside'; readonly entry: RevocationEntry; readonly attempts: number; readonly cause: Error }
  /** WSO2 has no event for it. */
  | { readonly type: 'wso2_event_untold'; readonly entry: RevocationEntry; readonly reason: 'owner_unknown' | 'key' }
  /** The tokens that these entries hit have expired before WSO2's control plane could be told. */
  | { readonly type: 'wso2_events_expired'; readonly count: number }
  | { readonly type: 'request_failed'; readonly cause: unknown }
