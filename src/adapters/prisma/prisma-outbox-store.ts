import type { OutboxStore } from '../../stores/outbox-store.js'
import type { DatabaseSession } from './database-session.js'
import { inChunks } from './in-chunks.js'
import {
  beginOutbox,
  findOutbox,
  type LogLineRecord,
  linesAt,
  linesSince,
  moveOutbox,
  type OutboxRecord,
  toLoggedRevocation,
  toOutboxPosition,
} from './sql/outbox.js'

export function createPrismaOutboxStore(session: DatabaseSession): OutboxStore {
  return {
    position: (name) =>
      session.run(async ({ rows }) => {
        const [found] = await rows<OutboxRecord>(findOutbox(name))
        return found === undefined ? { seq: 0, late: [] } : toOutboxPosition(found)
      }),
    move: (lease, position) =>
      session.run(async ({ dialect, execute }) => {
        if ((await execute(moveOutbox(lease, position))) > 0) return true
        // How many rows an insertion that gives way has made is not the same on every engine.
        await execute(beginOutbox(dialect, lease.name))
        return (await execute(moveOutbox(lease, position))) > 0
      }),
    since: (range) => session.run(async ({ rows }) => (await rows<LogLineRecord>(linesSince(range))).map(toLoggedRevocation)),
    at: (places) =>
      session.run(async ({ rows }) => {
        const found: LogLineRecord[] = []
        for (const chunk of inChunks([...places].sort((one, other) => one - other))) found.push(...(await rows<LogLineRecord>(linesAt(chunk))))
        return found.map(toLoggedRevocation)
      }),
  }
}
