/** Something that expires. */
export interface PurgeTarget {
  /** `tokens`, `revocations`, `grants`: the operator's word. */
  readonly name: string
  /** It reads more than it deletes, so an operator has to ask for it. */
  readonly onRequestOnly?: true
  /** How many rows could go now. @throws StoreUnavailable */
  estimate(): Promise<number>
  /** Deletes at most `limit` rows that can no longer change an answer, by the database's clock. @returns how many went. @throws StoreUnavailable */
  deleteBatch(limit: number): Promise<number>
}
