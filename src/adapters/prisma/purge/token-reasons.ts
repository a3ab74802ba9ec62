import { Prisma } from '../generated/sqlite/client.js'

/** Why a token T goes, of one that may: what ended it first. */
export const reasonOfState: Prisma.Sql = Prisma.sql`CASE T.TOKEN_STATE WHEN 'REVOKED' THEN 'revoked' WHEN 'INACTIVE' THEN 'inactive' ELSE 'expired' END`

const REASONS: Readonly<Record<string, string>> = { REVOKED: 'revoked', INACTIVE: 'inactive' }

/** The same, of a row that has been read. */
export function reasonOf({ TOKEN_STATE }: { readonly TOKEN_STATE: string | null }): string {
  return REASONS[TOKEN_STATE ?? ''] ?? 'expired'
}
