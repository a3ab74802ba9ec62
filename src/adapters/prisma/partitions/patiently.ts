import { CommandRefused } from '../../../errors/operational-errors.js'
import type { MigrationConnection } from '../migrate.js'
import type { PartitionDialect } from './partition-dialect.js'

type Waiting = Pick<PartitionDialect, 'pause' | 'isBusy'>

/** With the pauses between them half a minute to two and a half. */
const ATTEMPTS = 600

/** Tries again, with a pause that the database keeps, for as long as others have the table. @throws CommandRefused `busy` */
export async function patiently<Answer>(
  connection: MigrationConnection,
  { pause, isBusy }: Waiting,
  work: () => Promise<Answer>,
  attempts = ATTEMPTS,
): Promise<Answer> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error)) throw error
      await connection.rows(pause)
    }
  }
  throw new CommandRefused('busy', 'the table was never free for long enough: try again when there is less to do')
}
