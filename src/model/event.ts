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
  | { readonly type: 'key_rotated'; readonly keyId: KeyId; readonly use: 'access' | 'refresh' }
  | { readonly type: 'epoch_started'; readonly epoch: string; readonly lost: number }
  | { readonly type: 'purged'; readonly target: string; readonly deleted: number }
  | { readonly type: 'store_unavailable'; readonly store: string; readonly cause: unknown }
  | { readonly type: 'store_answers_again'; readonly store: string }
  | { readonly type: 'request_failed'; readonly cause: unknown }
