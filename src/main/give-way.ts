import { constants, setPriority } from 'node:os'

/**
 * A purge takes processor time that nobody else on the machine wants, its start included, which is the dearest second of it. To be called before
 * anything is loaded.
 */
export function giveWay(args: readonly string[]): void {
  if (!args.includes('purge') || args.includes('--no-yield')) return
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Where the system has no priorities, or does not let its users choose them, it runs like everything else.
  }
}
