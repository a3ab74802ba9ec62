import { runOnServer } from '../../../src/main/cli.js'
import { grantId } from '../../../src/model/ids.js'
import { createMemoryOperations, createRecorder, jsonOf, runOn } from '../memory-operations.js'

/** Two expired grants and the four entries of their and two other revocations. */
async function createFixture() {
  const fixture = await createMemoryOperations()
  for (const id of ['g-1', 'g-2', 'g-3', 'g-4']) await fixture.operations.revoke({ kind: 'grant', id: grantId(id) })
  return fixture
}

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

  it.each(['codes', 'sessions', 'registry', 'restore'])('says that %s is not in this release', async (target) => {
    const { operations } = await createFixture()
    const { code, stdout } = await runOn(operations, ['purge', target, '--json'])
    // What needs no database does not come to the server.
    if (target === 'restore') expect(code).toBe(2)
    else expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 1, error: 'not_available' })
  })

  it.each([[['purge']], [['purge', 'everything']], [['purge', 'constructor']], [['purge', 'tokens', 'revocations']]])(
    'ends with 2 for %j',
    async (argv) => {
      const { operations } = await createFixture()
      expect(await runOn(operations, argv)).toMatchObject({ code: 2, stdout: '' })
    },
  )
})
