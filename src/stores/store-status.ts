export interface AliveTokens {
  readonly kind: 'opaque' | 'jwt'
  readonly alive: number
  /** Epoch seconds, of access or refresh token; null: none is alive. */
  readonly lastExpiry: number | null
  /** There are more rows than were looked at. */
  readonly atLeast?: true
}

/** What an operator asks a database about itself. */
export interface StoreStatus {
  readonly engine: string
  /** Names of migrations, oldest first. @throws StoreUnavailable */
  migrations(): Promise<{ readonly applied: readonly string[]; readonly pending: readonly string[] }>
  /**
   * Stored tokens that are still good; a line for each kind. At most `mostExamined` rows are looked at, those that expire last
   * first, and as many that are not Jeton's. @throws StoreUnavailable
   */
  storedTokens(mostExamined: number): Promise<readonly AliveTokens[]>
  /** How many stored tokens have left ACTIVE and are still there, among the `mostExamined` that are to be purged first. @throws StoreUnavailable */
  deadTokens(mostExamined: number): Promise<number>
  /** How many seconds the slowest replica is behind; undefined: none is there, or the database does not tell. @throws StoreUnavailable */
  replicationLag(): Promise<number | undefined>
  /** A number that grows by one with each transaction that writes, whoever's; undefined: the database does not tell. @throws StoreUnavailable */
  commits(): Promise<number | undefined>
}
