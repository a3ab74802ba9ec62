import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandRefused } from '../../../src/errors/operational-errors.js'
import { runOnServer } from '../../../src/main/cli.js'
import type { Operations } from '../../../src/main/commands/operations.js'
import { grantId } from '../../../src/model/ids.js'
import { seconds } from '../../../src/model/time.js'
import type { PurgeRequest } from '../../../src/purge/create-purger.js'
import { createMemoryOperations, createRecorder, jsonOf, runOn } from '../memory-operations.js'

/** Two expired grants and the four entries of their and two other revocations. */
async function createFixture() {
  const fixture = await createMemoryOperations()
  for (const id of ['g-1', 'g-2', 'g-3', 'g-4']) await fixture.operations.revoke({ kind: 'grant', id: grantId(id) })
  return fixture
}

const fail = () => Promise.reject(new Error('asked'))

const TARGET_FIELDS = ['target', 'deleted', 'by_reason', 'remaining', 'batches', 'seconds']

describe('jeton purge', () => {
  it('deletes nothing that is not old', async () => {
    const { operations } = await createFixture()
    const outcome = await jsonOf(operations, ['purge', 'all'])
    expect(outcome).toMatchObject({
      dry_run: false,
      finished: true,
      targets: [
        { target: 'tokens', deleted: 0 },
        { target: 'revocations', deleted: 0 },
        { target: 'audit', deleted: 0 },
      ],
    })
    expect(outcome.targets.map((target: object) => Object.keys(target))).toEqual([TARGET_FIELDS, TARGET_FIELDS, TARGET_FIELDS])
  })

  it('counts grants among the revocations, in batches', async () => {
    const { operations, time } = await createFixture()
    time.now += 10 * 86_400
    const counted = await jsonOf(operations, ['purge', 'revocations', '--dry-run'])
    const [{ purgeable }] = counted.targets
    expect(purgeable).toBeGreaterThanOrEqual(4)
    expect(counted).toEqual({
      dry_run: true,
      finished: true,
      targets: [{ target: 'revocations', purgeable, by_reason: { expired: purgeable }, remaining: purgeable, batches: 0, seconds: 0 }],
    })
    const { targets } = await jsonOf(operations, ['purge', 'revocations'])
    expect(targets).toMatchObject([{ target: 'revocations', deleted: purgeable, by_reason: { expired: purgeable }, remaining: 0 }])
    expect(targets[0].batches).toBeGreaterThan(2)
    expect(await jsonOf(operations, ['purge', 'revocations', '--dry-run'])).toMatchObject({ targets: [{ purgeable: 0 }] })
  })

  it('stops when nobody waits for it any more', async () => {
    const { operations, time } = await createFixture()
    time.now += 10 * 86_400
    const stop = new AbortController()
    stop.abort()
    const { recorded, output } = createRecorder()
    const code = await runOnServer(['purge', 'revocations', '--json'], { stdin: async () => '', output, signal: stop.signal }, operations)
    expect(code).toBe(1)
    expect(JSON.parse(recorded.stdout)).toMatchObject({ finished: false, targets: [{ deleted: 0, batches: 0 }] })
  })

  it('shows progress on a terminal, beside the one document', async () => {
    const { operations } = await createFixture()
    const { recorded, output } = createRecorder(true)
    await runOnServer(['purge', 'tokens', '--json'], { stdin: async () => '', output, signal: new AbortController().signal }, operations)
    expect(recorded.stderr).toContain('tokens: 0 deleted')
    expect(JSON.parse(recorded.stdout)).toMatchObject({ finished: true })
  })

  it('takes limits of this run from the command line', async () => {
    const { operations, time } = await createFixture()
    time.now += 10 * 86_400
    const asked: Partial<PurgeRequest>[] = []
    const record: Operations['purge'] = (targets, request) => {
      asked.push(request)
      return operations.purge(targets, request)
    }
    const changed: Operations = { ...operations, purge: record }
    const limits = ['--batch', '7', '--pause', '50ms', '--rate', '200', '--deadline', '30m', '--safe-period', '3h', '--analyze']
    await jsonOf(changed, ['purge', 'revocations', ...limits])
    expect(asked).toMatchObject([{ batch: 7, pauseMs: 50, rate: 200, deadlineMs: 1_800_000, safePeriod: 10_800, lockTimeMs: 100 }])
  })

  it.each([
    ['batch', '0'],
    ['batch', '1000001'],
    ['rate', 'many'],
    ['pause', '5 apples'],
    ['deadline', '0s'],
    ['safe-period', '-1h'],
  ])('does not take --%s %s', async (option, value) => {
    const { operations } = await createFixture()
    expect(await runOn(operations, ['purge', 'all', `--${option}=${value}`])).toMatchObject({ code: 2, stdout: '' })
  })

  it('ends with 1, and one clear line, while another purge is under way', async () => {
    const { operations, database } = await createFixture()
    await database.leases.take('purge run', 'other', seconds(60))
    const { code, stderr } = await runOn(operations, ['purge', 'all'])
    expect([code, stderr]).toEqual([1, 'jeton: another purge of this database is under way; one that has died is forgotten within a minute\n'])
  })

  it('keeps what it deletes in a file, by a path from where the command was given, and tells what could not be put back', async () => {
    const { operations, time } = await createFixture()
    time.now += 10 * 86_400
    const folder = mkdtempSync(join(tmpdir(), 'jeton-purge-'))
    const run = async (...argv: readonly string[]) => {
      const { recorded, output } = createRecorder()
      const code = await runOnServer([...argv, '--json'], { stdin: async () => '', output, signal: new AbortController().signal, folder }, operations)
      return { code, document: JSON.parse(recorded.stdout) }
    }
    const purged = await run('purge', 'revocations', '--backup', 'gone.ndjson.gz')
    expect(purged).toMatchObject({ code: 0, document: { finished: true } })
    expect(await run('purge', 'revocations', '--backup', 'gone.ndjson.gz')).toMatchObject({ code: 1, document: { error: { code: 'backup_exists' } } })
    const [{ deleted }] = purged.document.targets
    // In memory nothing can be put back.
    expect(await run('purge', 'restore', 'gone.ndjson.gz', '--dry-run')).toEqual({
      code: 1,
      document: { dry_run: true, complete: true, restored: 0, already_there: 0, left_out: { unknown_table: deleted } },
    })
    rmSync(folder, { recursive: true })
  })

  it('deletes nothing at all where one of the targets is not of the form that is known', async () => {
    const { operations, time } = await createFixture()
    time.now += 10 * 86_400
    const unfit = {
      name: 'authorization codes',
      unfit: new CommandRefused('unknown_table_form', 'the table X has no column Y'),
      count: fail,
      deleteBatch: fail,
    }
    const changed = { ...operations, purgeTargets: [...operations.purgeTargets, unfit] }
    for (const word of ['codes', 'all']) {
      const { code, stdout } = await runOn(changed, ['purge', word, '--json'])
      expect([code, JSON.parse(stdout).error]).toEqual([1, { code: 'unknown_table_form', message: 'the table X has no column Y' }])
    }
    expect(await jsonOf(operations, ['purge', 'revocations', '--dry-run'])).not.toMatchObject({ targets: [{ purgeable: 0 }] })
  })

  it.each(['codes', 'sessions', 'registry'])('says that there is nothing under %s in this database', async (target) => {
    const { operations } = await createFixture()
    const { code, stdout } = await runOn(operations, ['purge', target, '--json'])
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 1, error: 'not_available' })
  })

  it.each([[['purge']], [['purge', 'everything']], [['purge', 'constructor']], [['purge', 'tokens', 'revocations']]])(
    'ends with 2 for %j',
    async (argv) => {
      const { operations } = await createFixture()
      expect(await runOn(operations, argv)).toMatchObject({ code: 2, stdout: '' })
    },
  )
})
