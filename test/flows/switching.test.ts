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
  const applications = new Map<Kind, Credentials>()
  const held = new Map<string, Held>()
  const clientOf = (kind: Kind) => stage.client(applications.get(kind) ?? { id: '', secret: '' })

  beforeAll(async () => {
    await stage.open()
    await stage.serve('off')
    const scopes = OPERATIONS.flatMap((_, index) => [`off${index}`, `on${index}`]).join(' ')
    await Promise.all(
      KINDS.map(async (kind) => {
        applications.set(kind, await stage.register(kind.made, ['--grant-types', 'password,refresh_token', '--scopes', `openid ${scopes}`]))
      }),
    )
  }, 300_000)
  afterAll(() => stage.close(), 30_000)

  /** Everything that is used after either switch from here. */
  async function holdAll(): Promise<void> {
    await Promise.all(KINDS.map((kind) => holdOf(kind)))
  }

  async function holdOf(kind: Kind): Promise<void> {
    for (const [index, operation] of OPERATIONS.entries()) {
      for (const after of ['off', 'on'] as const) {
        held.set(keyOf(kind, after, operation.name), await hold(stage, clientOf(kind), operation, `openid ${after}${index}`))
      }
    }
  }

  async function moveApplications(to: 'made' | 'used'): Promise<void> {
    await Promise.all(KINDS.filter(({ made, used }) => made !== used).map((kind) => stage.move(kind[to], [clientOf(kind).id])))
  }

  for (const before of ['off', 'on'] as const) {
    describe(`made with oauth.token_persistence.enable = ${before === 'on'}`, () => {
      beforeAll(async () => {
        await moveApplications('made')
        await stage.serve(before)
        await holdAll()
        await moveApplications('used')
      }, 300_000)

      for (const after of ['off', 'on'] as const) {
        describe(`used with ${after === 'on'}`, () => {
          beforeAll(() => stage.serve(after), 120_000)

          for (const kind of KINDS) {
            for (const { name, check } of OPERATIONS) {
              it(`${nameOf(kind)}: ${name}`, async () => {
                const holding = held.get(keyOf(kind, after, name))
                if (holding === undefined) throw new Error('nothing is held')
                await check({ stage, client: clientOf(kind), kind, before, after }, holding)
              })
            }
          }
        })
      }
    })
  }
})
