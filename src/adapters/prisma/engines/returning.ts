import { Prisma, type PrismaClient } from '../generated/sqlite/client.js'
import type { RowChange } from '../sql/dialect.js'
import type { Engine, Models } from './engine.js'

/** Changes of rows on an engine whose statements answer with what they have changed, and are transactions by themselves. */
export function returning({ client, rows, transactionLimits }: ReturningEngine): Pick<Engine, 'change' | 'changeAlone'> {
  async function changeOne<Row>(models: Models, { before, write, columns }: RowChange): Promise<readonly Row[]> {
    if (before !== undefined) await models.$executeRaw(before)
    return rows<Row>(models, Prisma.sql`${write} RETURNING ${columns}`)
  }
  async function change<Row>(models: Models, changes: readonly RowChange[]): Promise<readonly Row[]> {
    const changed: Row[] = []
    for (const one of changes) changed.push(...(await changeOne<Row>(models, one)))
    return changed
  }
  return {
    change,
    changeAlone: (changes) =>
      changes.length > 1 ? client.$transaction((models) => change(models, changes), transactionLimits) : change(client, changes),
  }
}

type ReturningEngine = Pick<Engine, 'rows' | 'transactionLimits'> & { readonly client: PrismaClient }
