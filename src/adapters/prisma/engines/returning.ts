import { Prisma } from '../generated/sqlite/client.js'
import type { RowChange } from '../sql/dialect.js'
import type { Engine, Models } from './engine.js'

/** A change of a row on an engine whose statements answer with what they have changed. */
export function returning(rows: Engine['rows']): Engine['change'] {
  return async <Row>(models: Models, { before, write, columns }: RowChange): Promise<Row | undefined> => {
    if (before !== undefined) await models.$executeRaw(before)
    const [row] = await rows<Row>(models, Prisma.sql`${write} RETURNING ${columns}`)
    return row
  }
}
