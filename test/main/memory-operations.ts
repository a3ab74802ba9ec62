import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import { createApplicationMove } from '../../src/applications/move-applications.js'
import { createClientRegistry } from '../../src/clients/manage-clients.js'
import { keyState } from '../../src/keys/key-state.js'
import { createKeyRotation } from '../../src/keys/rotate-keys.js'
import { createSealer } from '../../src/keys/seal.js'
import { runOnServer } from '../../src/main/cli.js'
import type { KeyListing, Operations } from '../../src/main/commands/operations.js'
import { composeBackups } from '../../src/main/compose/compose-backups.js'
import type { SecretHash } from '../../src/model/client.js'
import { grantId } from '../../src/model/ids.js'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import { createPurger } from '../../src/purge/create-purger.js'
import type { NewRevocation } from '../../src/stores/revocation-log.js'
import { createUserRegistry } from '../../src/users/manage-users.js'
import { createCheapPasswords } from '../cheap-passwords.js'

export const NOW = 1_763_690_000

/** Everything the command line can ask for, on a database in memory and a clock that moves only when told. */
export async function createMemoryOperations() {
  const time = { now: NOW }
  const clock = { now: () => epochSeconds(time.now), nowMs: () => time.now * 1000 }
  const database = createMemoryDatabase(clock, { keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
  await database.heads.raiseLifetimes(seconds(3600), seconds(86_400))
  const margins = { publishBefore: seconds(600), ringTakeover: seconds(6), signingLag: seconds(60) }
  const settings = { algorithm: 'ES256', rotateEvery: seconds(90 * 86_400), ...margins } as const
  const sealer = createSealer([Buffer.alloc(32, 1)])
  const longestLifetime = () => seconds(3600)
  const keys = createKeyRotation({ store: database.keys, sealer, clock, events: () => undefined, longestLifetime }, settings)
  await keys.tend()

  async function revoke(revocation: NewRevocation): Promise<RevocationEntry> {
    const [entry] = await database.revocations.append([revocation])
    if (entry === undefined) throw new Error('no entry')
    return entry
  }

  async function listKeys(): Promise<readonly KeyListing[]> {
    const { keys: all } = await database.keys.list()
    return all.flatMap((key) => {
      if (key.use === 'secret') return []
      return [{ ...key, use: key.use === 'adopted' ? 'access' : key.use, state: keyState(key, all, clock.now()) }]
    })
  }

  const afterChange = async () => undefined
  const operations: Operations = {
    clock,
    clients: createClientRegistry({ clients: database.clients, hashSecret: (secret) => `hash of ${secret}` as SecretHash, clock, afterChange }),
    moveApplications: createApplicationMove({ ...database, afterChange }),
    users: createUserRegistry({
      users: database.users,
      passwords: createCheapPasswords(),
      clock,
      afterChange,
    }),
    revoke,
    revokeToken: async (token) => (token.startsWith('eyJ') ? revoke({ kind: 'grant', id: grantId('grant-of-the-token') }) : undefined),
    keys: { ...keys, list: listKeys },
    purgeTargets: database.purgeTargets,
    sessionTargets: () => [],
    purgeLimits: { batch: 2, lockTimeMs: 100, yields: true, pauseMs: 0, maxReplicationLagMs: undefined, safePeriod: seconds(7200) },
    purgeBackups: composeBackups({ stores: database, clock }),
    purge: createPurger({
      leases: database.leases,
      heads: database.heads,
      runs: database.purgeRuns,
      replicationLag: async () => undefined,
      commits: async () => undefined,
      holder: 'node-1',
      events: () => undefined,
      clock,
      wait: async () => undefined,
    }),
    partitions: database.partitions,
    status: async () => {
      const { seq, epoch } = await database.heads.read()
      const schema = { engine: database.status.engine, ...(await database.status.migrations()) }
      const node = { id: 'node-1', seq, lastSeen: clock.now() }
      return {
        version: '0.1.0',
        epoch: String(epoch),
        seq,
        schema,
        nodes: [node],
        storedTokens: await database.status.storedTokens(100),
        lastPurge: await database.purgeRuns.list(),
        layouts: await database.partitions.layouts(),
        keys: await listKeys(),
      }
    },
    doctor: async () => [{ name: 'database', ok: true, message: 'answers' }],
    migrate: async () => ({ applied: ['0001_first'], pending: [] }),
    adopt: async () => ({ applied: ['0001_first'], pending: [], tokens: 3, subjects: 2, clients: 1, tokenTypes: 4 }),
  }
  return { operations, database, time }
}

export interface CommandRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Output into strings. */
export function createRecorder(isTerminal = false) {
  const recorded = { stdout: '', stderr: '' }
  const output = {
    stdout(text: string) {
      recorded.stdout += text
    },
    stderr(text: string) {
      recorded.stderr += text
    },
    isTerminal,
  }
  return { recorded, output }
}

/** Runs one command as a server does. */
export async function runOn(operations: Operations, argv: readonly string[], stdin = ''): Promise<CommandRun> {
  const { recorded, output } = createRecorder()
  const code = await runOnServer(argv, { stdin: async () => stdin, output, signal: new AbortController().signal }, operations)
  return { code, ...recorded }
}

/** Runs one command with `--json`, which has to succeed, and gives back its document. */
export async function jsonOf(operations: Operations, argv: readonly string[], stdin?: string) {
  const { code, stdout, stderr } = await runOn(operations, [...argv, '--json'], stdin)
  if (code !== 0 || stderr !== '') throw new Error(`${argv.slice(0, 2).join(' ')} ended with ${code}: ${stdout}${stderr}`)
  return JSON.parse(stdout)
}
