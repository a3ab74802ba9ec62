import { CommandRefused } from '../../errors/operational-errors.js'
import { userId } from '../../model/ids.js'
import { epochSeconds } from '../../model/time.js'
import { isUserCutOff, type PasswordHash, type User } from '../../model/user.js'
import type { UserStore } from '../../stores/user-store.js'
import { appendRevocation, type RevocationLimits } from './append-revocations.js'
import { isUniqueViolation } from './database-errors.js'
import type { DatabaseSession } from './database-session.js'
import type { Prisma } from './generated/sqlite/client.js'
import { lockHead } from './lock-head.js'
import { countChange } from './sql/head.js'

type UserRow = Prisma.UserGetPayload<object>

export function createPrismaUserStore(session: DatabaseSession, limits: RevocationLimits): UserStore {
  return {
    find: (id) => session.run(async (database) => toUser(await database.models.user.findUnique({ where: { userId: id } }))),
    findByName: (name) => session.run(async (database) => toUser(await database.models.user.findUnique({ where: { name } }))),
    list: (after, limit) =>
      session.run(async (database) => {
        const rows = await database.models.user.findMany({ where: { name: { gt: after } }, orderBy: { name: 'asc' }, take: limit })
        return rows.map(toUser).filter((user) => user !== undefined)
      }),
    create: (user) =>
      session.modelTransaction(async (transaction) => {
        await transaction.models.user.create({ data: { ...toRow(user), userId: user.id } }).catch((error) => {
          if (isUniqueViolation(error)) throw new CommandRefused('already_exists', 'there is a user of that name already')
          throw error
        })
        await transaction.execute(countChange('users'))
      }),
    update: (id, change) =>
      session.modelTransaction(async (transaction) => {
        await lockHead(transaction)
        const before = toUser(await transaction.models.user.findUnique({ where: { userId: id } }))
        if (before === undefined) return undefined
        const record = { ...before, ...change }
        await transaction.models.user.update({ where: { userId: id }, data: toRow(record) })
        await transaction.execute(countChange('users'))
        // Whether the entry is an open one is found from the state that has just been written.
        return {
          record,
          entry: isUserCutOff(before, record) ? await appendRevocation(transaction, { kind: 'subject', id, open: false }, limits) : undefined,
        }
      }),
    remove: (id) =>
      session.modelTransaction(async (transaction) => {
        await lockHead(transaction)
        const { count } = await transaction.models.user.deleteMany({ where: { userId: id } })
        if (count === 0) return undefined
        await transaction.execute(countChange('users'))
        return appendRevocation(transaction, { kind: 'subject', id, open: true }, limits)
      }),
  }
}

function toRow(user: User) {
  return {
    name: user.name,
    passwordHash: user.passwordHash,
    state: user.state === 'active' ? 'ACTIVE' : 'DISABLED',
    createdAt: BigInt(user.createdAt),
  }
}

function toUser(row: UserRow | null): User | undefined {
  if (row === null) return undefined
  return {
    id: userId(row.userId),
    name: row.name,
    passwordHash: row.passwordHash as PasswordHash,
    state: row.state === 'ACTIVE' ? 'active' : 'disabled',
    createdAt: epochSeconds(Number(row.createdAt)),
  }
}
