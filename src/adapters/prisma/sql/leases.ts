import type { Seconds } from '../../../model/time.js'
import type { Lease } from '../../../stores/lease-store.js'
import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect, RowChange } from './dialect.js'

/** Answers with the fence; changes nothing while there is a lease that has not ended. */
export function takeLease(dialect: Dialect, { name, holder }: Omit<Lease, 'fence'>, length: Seconds): RowChange {
  return {
    before: Prisma.sql`
      INSERT INTO JETON_LEASE (NAME, HOLDER, FENCE, EXPIRES_MS) VALUES (${name}, '', 0, 0) ${dialect.unlessTaken(Prisma.sql`NAME`)}`,
    write: Prisma.sql`
      UPDATE JETON_LEASE SET HOLDER = ${holder}, FENCE = FENCE + 1, EXPIRES_MS = ${endOf(dialect, length)}
      WHERE NAME = ${name} AND EXPIRES_MS <= ${dialect.nowMs}`,
    columns: Prisma.sql`FENCE`,
    row: Prisma.sql`FROM JETON_LEASE WHERE NAME = ${name}`,
  }
}

export function renewLease(dialect: Dialect, lease: Lease, length: Seconds): Prisma.Sql {
  return Prisma.sql`UPDATE JETON_LEASE SET EXPIRES_MS = ${endOf(dialect, length)} WHERE ${isThis(lease)} AND EXPIRES_MS > ${dialect.nowMs}`
}

export function releaseLease(lease: Lease): Prisma.Sql {
  return Prisma.sql`UPDATE JETON_LEASE SET EXPIRES_MS = 0 WHERE ${isThis(lease)}`
}

/** Nobody's lease: a row that stays locked until the transaction ends. */
export function lockRegisterRow({ onTaken }: Dialect): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO JETON_LEASE (NAME, HOLDER, FENCE, EXPIRES_MS) VALUES ('change of the register', '', 0, 0)
    ${onTaken(Prisma.sql`NAME`, Prisma.sql`FENCE = JETON_LEASE.FENCE + 1`)}`
}

function isThis({ name, holder, fence }: Lease): Prisma.Sql {
  return Prisma.sql`NAME = ${name} AND HOLDER = ${holder} AND FENCE = ${BigInt(fence)}`
}

function endOf({ nowMs, integer }: Dialect, length: Seconds): Prisma.Sql {
  return Prisma.sql`${nowMs} + ${integer(BigInt(length) * 1000n)}`
}
