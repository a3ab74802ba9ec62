import type { MigrationConnection } from '../migrate.js'

export interface LockedDrop {
  /** Statements of which none may find a row. */
  readonly unless: readonly string[]
  readonly drop: () => Promise<void>
  /** As PartitionDialect has it. */
  readonly nowMs: string
}

/** What is done while the connection keeps everybody else from the table; and how long that takes. */
export async function dropLocked(
  { rows }: Pick<MigrationConnection, 'rows'>,
  { unless, drop, nowMs }: LockedDrop,
): Promise<{ readonly gone: boolean; readonly lockMs: number }> {
  const now = async (): Promise<number> => Number((await rows(nowMs))[0]?.now_ms)
  const beganMs = await now()
  for (const query of unless) {
    if ((await rows(query)).length > 0) return { gone: false, lockMs: (await now()) - beganMs }
  }
  await drop()
  return { gone: true, lockMs: (await now()) - beganMs }
}
