import type { JetonNode, NodeStore } from '../../stores/node-store.js'
import type { DatabaseSession } from './database-session.js'
import { announceNode, forgetNodes, listNodes, type NodeRecord } from './sql/nodes.js'
import { instant, integer } from './sql-integer.js'

export function createPrismaNodeStore(session: DatabaseSession): NodeStore {
  return {
    announce: (id, seq) =>
      session.run(async ({ dialect, execute }) => {
        await execute(announceNode(dialect, id, seq))
        await execute(forgetNodes(dialect))
      }),
    list: (within) => session.run(async ({ dialect, rows }) => (await rows<NodeRecord>(listNodes(dialect, within))).map(toNode)),
  }
}

function toNode({ NODE_ID, SEQ, LAST_SEEN }: NodeRecord): JetonNode {
  return { id: NODE_ID, seq: integer(SEQ), lastSeen: instant(LAST_SEEN) }
}
