import type { EpochSeconds } from '../../model/time.js'
import { answer, type Command } from './command.js'
import { formatFields, formatTable, formatTime } from './format-table.js'
import { describeKey, formatKeys } from './keys.js'
import type { Operations, StatusReport } from './operations.js'
import { describePurge } from './purge.js'

export const status: Command<Pick<Operations, 'status'>> = {
  summary: 'show how far everything has come: schema, revocation log, stored tokens, keys',
  positionals: [],
  options: {},
  async run(operations, given, output) {
    const report = await operations.status()
    return answer(output, given, { json: describeStatus(report), text: formatStatus(report) })
  },
}

function describeStatus({ version, epoch, seq, schema, nodes, storedTokens, lastPurge, keys, layouts }: StatusReport) {
  return {
    version,
    epoch,
    seq,
    schema: { engine: schema.engine, applied: schema.applied, pending: schema.pending },
    nodes: nodes.map((node) => ({ id: node.id, seq: node.seq, last_seen: node.lastSeen })),
    stored_tokens: storedTokens.map(({ kind, alive, lastExpiry, atLeast }) => ({
      kind,
      alive,
      last_expiry: lastExpiry,
      ...(atLeast && { at_least: true }),
    })),
    last_purge: describeLastPurge(lastPurge),
    keys: keys.map(describeKey),
    ...(layouts.length > 0 && { layouts }),
  }
}

function describeLastPurge(runs: StatusReport['lastPurge']) {
  if (runs.length === 0) return null
  return { ended_at: endOf(runs), targets: runs.map((run) => ({ ...describePurge(run), ended_at: run.endedAt })) }
}

/** When the latest of them ended. */
function endOf(runs: StatusReport['lastPurge']): EpochSeconds | undefined {
  return runs.map(({ endedAt }) => endedAt).sort((one, other) => other - one)[0]
}

function formatStatus({ version, epoch, seq, schema, nodes, storedTokens, lastPurge, keys, layouts }: StatusReport): string {
  const fields = {
    version,
    schema: `${schema.engine}, ${schema.applied.length} migrations applied, ${schema.pending.length} pending`,
    'revocation log': `epoch ${epoch}, head ${seq}`,
    'last purge': formatTime(endOf(lastPurge)),
    ...Object.fromEntries(layouts.map((layout) => [layout.table, formatLayout(layout)])),
  }
  const tokenRows = storedTokens.map((tokens) => [tokens.kind, `${tokens.atLeast ? 'at least ' : ''}${tokens.alive}`, formatTime(tokens.lastExpiry)])
  return [
    formatFields(fields),
    formatTable(
      ['node', 'seq', 'last seen'],
      nodes.map((node) => [node.id, node.seq, formatTime(node.lastSeen)]),
      'no nodes',
    ),
    formatTable(['stored tokens', 'alive', 'last expiry'], tokenRows, 'no stored tokens'),
    formatKeys(keys),
  ].join('\n\n')
}

function formatLayout({ state, partitions, until }: StatusReport['layouts'][number]): string {
  if (state === 'partitioned') return `${partitions} partitions, until ${formatTime(until)}`
  return state === 'plain' ? 'not partitioned' : 'is being moved into partitions'
}
