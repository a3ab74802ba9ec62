import { readFileSync } from 'node:fs'
import { describeOnEngines } from './server-engine.js'
import { type Held, hold, type Kind, OPERATIONS } from './switching-cells.js'
import { type Credentials, type Mode, SwitchingStage } from './switching-stage.js'

const KINDS: readonly Kind[] = [
  { made: 'JWT', used: 'JWT' },
  { made: 'OAUTH', used: 'OAUTH' },
  { made: 'JWT', used: 'OAUTH' },
  { made: 'OAUTH', used: 'JWT' },
]
const MODES: readonly Mode[] = ['off', 'on']

const nameOf = ({ made, used }: Kind): string => (made === used ? made : `${made}, the application being ${used} now`)
const keyOf = (kind: Kind, after: Mode, operation: string): string => `${nameOf(kind)} ${after} ${operation}`

describe('the table of docs/switching.md', () => {
  it('names every operation and every kind that is tested', () => {
    const text = readFileSync(new URL('../../docs/switching.md', import.meta.url), 'utf8')
    for (const { name } of OPERATIONS) expect(text).toContain(`| ${name} |`)
    for (const { made, used } of KINDS) expect(text).toContain(made === used ? `\`${made}\`` : `\`${made}\` → \`${used}\``)
  })
})

await describeOnEngines('tokens made with one file and used with the other', ['sqlite', 'postgresql', 'mysql'], (engine) => {
  const stage = new SwitchingStage(engine)
  /** By where the tokens are made, each kind in the order of KINDS: those of one file are moved to their other kind before those of the other begin. */
  const applications: Record<Mode, readonly Credentials[]> = { off: [], on: [] }
  const held = new Map<string, Held>()
  const clientOf = (kind: Kind, before: Mode) => stage.client(applications[before][KINDS.indexOf(kind)] ?? { id: '', secret: '' })

  beforeAll(async () => {
    await stage.open()
    const scopes = OPERATIONS.flatMap((_, index) => [`off${index}`, `on${index}`]).join(' ')
    for (const before of MODES) applications[before] = await registerAll(['--grant-types', 'password,refresh_token', '--scopes', `openid ${scopes}`])
  }, 300_000)
  afterAll(() => stage.close(), 30_000)

  async function registerAll(options: readonly string[]): Promise<readonly Credentials[]> {
    const registered: Credentials[] = []
    for (const { made } of KINDS) registered.push(await stage.register(made, options))
    return registered
  }

  /** Everything that is used after either switch from here. */
  async function holdAll(before: Mode): Promise<void> {
    await Promise.all(KINDS.map((kind) => holdOf(kind, before)))
  }

  async function holdOf(kind: Kind, before: Mode): Promise<void> {
    for (const [index, operation] of OPERATIONS.entries()) {
      for (const after of MODES) {
        held.set(keyOf(kind, after, operation.name), await hold(stage, clientOf(kind, before), operation, `openid ${after}${index}`))
      }
    }
  }

  async function moveApplications(before: Mode): Promise<void> {
    for (const kind of KINDS) if (kind.made !== kind.used) await stage.move(kind.used, [clientOf(kind, before).id])
  }

  for (const before of MODES) {
    describe(`made with oauth.token_persistence.enable = ${before === 'on'}`, () => {
      beforeAll(async () => {
        if (stage.mode !== before) await stage.serve(before)
        await holdAll(before)
        await moveApplications(before)
      }, 300_000)

      for (const after of MODES) {
        describe(`used with ${after === 'on'}`, () => {
          beforeAll(() => stage.serve(after), 120_000)

          for (const kind of KINDS) {
            for (const { name, check } of OPERATIONS) {
              it(`${nameOf(kind)}: ${name}`, async () => {
                const holding = held.get(keyOf(kind, after, name))
                if (holding === undefined) throw new Error('nothing is held')
                await check({ stage, client: clientOf(kind, before), kind, before, after }, holding)
              })
            }
          }
        })
      }
    })
  }
})
