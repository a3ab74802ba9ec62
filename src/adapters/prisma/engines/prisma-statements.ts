import type { PrismaClient } from '../generated/sqlite/client.js'
import type { Driver, Models, Statements, TransactionLimits } from './engine.js'

/** Statements by way of Prisma's client; `rename`: of the columns of its rows. */
export function prismaStatements(
  models: Models,
  rename: <Row>(rows: readonly object[]) => readonly Row[] = (rows) => rows as readonly never[],
): Statements {
  const lists: Statements['lists'] = async (statement) => (await models.$queryRaw<object[]>(statement)).map((row) => Object.values(row))
  return {
    rows: async (statement) => rename(await models.$queryRaw<object[]>(statement)),
    lists,
    listsOfBoth: async (first, second) => [await lists(first), await lists(second)],
    rowsAsNamed: (sql) => models.$queryRawUnsafe<Record<string, unknown>[]>(sql),
    execute: (statement) => models.$executeRaw(statement),
  }
}

/** Where nothing is to be gained by going past it. */
export function prismaDriver(client: PrismaClient, limits: TransactionLimits): Driver {
  return {
    ...prismaStatements(client),
    transaction: (work) => client.$transaction((models) => work(prismaStatements(models)), limits),
  }
}
