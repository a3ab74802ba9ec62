import { REVOCATION_KINDS, type RevocationEntry, type RevocationKind } from '../../model/revocation-entry.js'
import type { AskHaproxy } from './haproxy-socket.js'
import type { CopyTimes, RevocationCopy } from './revocation-copy.js'

/** What HAProxy takes in one command is bounded by its `tune.bufsize`, 16 KiB if nothing else is said. */
const LONGEST_COMMAND = 12_000
/** In place of a cut-off where an entry hits whatever the times say: later than every token. */
const WHENEVER = '9999999999'

/**
 * A copy in maps of a running HAProxy: `<folder>/<kind>.map` has ids in upper-case hexadecimal (so that none can be read as a command) and cut-offs;
 * `<folder>/state.map` has `server_ahead` and, written last, `good_until`. HAProxy begins with empty maps, so that one that was
 * started again shows by having no `good_until`, and believes nothing until it has everything.
 * @param folder as HAProxy's configuration names it.
 */
export function createHaproxyMaps(ask: AskHaproxy, folder: string): RevocationCopy {
  const fileOf = (name: RevocationKind | 'state'): string => `${folder}/${name}.map`

  async function demand(commands: string): Promise<void> {
    const answer = await ask(commands)
    if (answer.trim() !== '') throw new Error(`haproxy says: ${answer.trim().slice(0, 200)}`)
  }

  async function prepare(kind: RevocationKind): Promise<string> {
    const answer = await ask(`prepare map ${fileOf(kind)}`)
    const [, version] = /^New version created: (\d+)/.exec(answer) ?? []
    if (version === undefined) throw new Error(`haproxy says: ${answer.trim().slice(0, 200)}`)
    return version
  }

  /** @returns whether HAProxy had a state to be set. */
  async function setState(before: readonly string[], times: CopyTimes): Promise<boolean> {
    const lines = linesOf([...before, ...stateOf(times).map((pair) => `set map ${fileOf('state')} ${pair}`)])
    for (const line of lines) {
      if ((await ask(line)).trim() !== '') return false
    }
    return true
  }

  return {
    async replace(entries, times) {
      const versions = new Map<RevocationKind, string>()
      for (const kind of REVOCATION_KINDS) versions.set(kind, await prepare(kind))
      for (const { kind, lines } of payloadsOf(entries)) await demand(`add map @${versions.get(kind)} ${fileOf(kind)} <<\n${lines}`)
      await demand([...versions].map(([kind, version]) => `commit map @${version} ${fileOf(kind)}`).join(';'))
      if (!(await setState([], times)))
        await demand(
          stateOf(times)
            .map((pair) => `add map ${fileOf('state')} ${pair}`)
            .join(';'),
        )
    },
    async update({ added, replaced, gone, times }) {
      const commands = [
        ...added.map((entry) => `add map ${fileOf(entry.kind)} ${pairOf(entry)}`),
        ...replaced.map((entry) => `set map ${fileOf(entry.kind)} ${pairOf(entry)}`),
        ...gone.map((entry) => `del map ${fileOf(entry.kind)} ${keyOf(entry)}`),
      ]
      return (await setState(commands, times)) ? 'done' : 'replace'
    },
    close: () => Promise.resolve(),
  }
}

const stateOf = ({ goodUntil, serverAhead }: CopyTimes): readonly string[] => [`server_ahead ${serverAhead}`, `good_until ${goodUntil}`]

/** `all` has no id, and a key must not be empty. */
const keyOf = ({ kind, id }: RevocationEntry): string => (kind === 'all' ? 'all' : Buffer.from(id).toString('hex').toUpperCase())

const pairOf = (entry: RevocationEntry): string => `${keyOf(entry)} ${entry.cutoff ?? WHENEVER}`

/** As many commands on one line as HAProxy takes. */
function linesOf(commands: readonly string[]): readonly string[] {
  const lines: string[] = []
  for (const command of commands) {
    const line = lines.at(-1)
    if (line === undefined || line.length + command.length >= LONGEST_COMMAND) lines.push(command)
    else lines[lines.length - 1] = `${line};${command}`
  }
  return lines
}

/** Entries of one kind each, as many as HAProxy takes at once; an empty line ends them. */
function* payloadsOf(entries: Iterable<RevocationEntry>): Iterable<{ readonly kind: RevocationKind; readonly lines: string }> {
  const waiting = new Map<RevocationKind, string>()
  for (const entry of entries) {
    const lines = `${waiting.get(entry.kind) ?? ''}${pairOf(entry)}\n`
    waiting.set(entry.kind, lines)
    if (lines.length < LONGEST_COMMAND) continue
    yield { kind: entry.kind, lines }
    waiting.delete(entry.kind)
  }
  for (const [kind, lines] of waiting) yield { kind, lines }
}
