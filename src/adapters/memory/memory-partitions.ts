import { CommandRefused } from '../../errors/operational-errors.js'
import type { Partitions } from '../../stores/partitions.js'

/** There is nothing to divide. */
export const memoryPartitions: Partitions = {
  layouts: async () => [],
  tend: async () => 0,
  move: () => Promise.reject(new CommandRefused('not_available', 'a database in memory has no partitions')),
}
