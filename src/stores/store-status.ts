/** What an operator asks a database about itself. */
export interface StoreStatus {
  readonly engine: string
  /** Names of migrations, oldest first. @throws StoreUnavailable */
  migrations(): Promise<{ readonly applied: readonly string[]; readonly pending: readonly string[] }>
  /** Stored tokens that are still good, by kind; a line for each kind. `lastExpiry` in epoch seconds, of access or refresh token. @throws StoreUnavailable */
  storedTokens(): Promise<readonly { readonly kind: 'opaque' | 'jwt'; readonly alive: number; readonly lastExpiry: number | null }[]>
  /** How many rows of stored tokens have left ACTIVE and are still there, counted no further than `atMost`. @throws StoreUnavailable */
  deadTokens(atMost: number): Promise<number>
}
