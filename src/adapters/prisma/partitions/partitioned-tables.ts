/** A table that may lie in partitions by PURGE_AFTER: rows are added and go, and none is ever changed. */
export interface PartitionedTable {
  readonly name: 'JETON_REVOCATION' | 'IDN_OAUTH2_ACCESS_TOKEN_AUDIT'
  /** What its rows are counted by. */
  readonly key: 'SEQ' | 'ID'
}

export const LOG_TABLE: PartitionedTable = { name: 'JETON_REVOCATION', key: 'SEQ' }
export const AUDIT_TABLE: PartitionedTable = { name: 'IDN_OAUTH2_ACCESS_TOKEN_AUDIT', key: 'ID' }

/** The table that is to take its place, while a move is under way. */
export const partsOf = ({ name }: PartitionedTable): string => `${name}_PARTS`

/** The table as it was, from the moment at which the other one has taken its place until it is dropped. */
export const beforeOf = ({ name }: PartitionedTable): string => `${name}_BEFORE`
