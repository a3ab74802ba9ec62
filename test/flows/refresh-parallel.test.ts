import { type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'
import { isInvalidGrant, pairOf, serveTokens, type TokenCalls } from './token-calls.js'

const ROUNDS = 100
const STORED_ROUNDS = 10
const AT_ONCE = 50
const GRACE_REUSE = 5

await describeOnEngines('50 parallel refreshes with one refresh token', ['memory', 'sqlite', 'postgresql', 'mysql'], (engine) => {
  let jeton: JetonInProcess
  let calls: TokenCalls
  beforeAll(async () => {
    jeton = await startJeton({ engine })
    calls = await serveTokens(jeton)
  })
  afterAll(async () => {
    await calls.close()
    await jeton.close()
  })

  it.each([
    ['JWT', engine === 'memory' || engine === 'sqlite' ? ROUNDS : ROUNDS / 4],
    ['OAUTH', STORED_ROUNDS],
  ] as const)(
    'of a %s application give one successor, at most 1 + 5 times, and the grant lives; an older one ends it',
    async (tokenType, rounds) => {
      const client = await jeton.createClient({ tokenType })
      const first = await calls.issue(client)
      let { refresh } = first
      const spent = [refresh]
      for (let round = 0; round < rounds; round++) {
        const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => calls.refresh(client, refresh)))
        const pairs = answers.filter(({ status }) => status === 200).map(pairOf)
        const successors = new Set(pairs.map((pair) => pair.refresh))
        expect(successors.size).toBe(1)
        expect(pairs.length).toBeLessThanOrEqual(1 + GRACE_REUSE)
        expect(new Set(pairs.map((pair) => pair.access)).size).toBe(pairs.length)
        expect(answers.filter(isInvalidGrant)).toHaveLength(AT_ONCE - pairs.length)
        refresh = pairs[0]?.refresh ?? ''
        spent.push(refresh)
      }
      const last = pairOf(await calls.refresh(client, refresh))
      expect(await calls.isActive(client, last.access)).toBe(true)
      expect(isInvalidGrant(await calls.refresh(client, spent.at(-3) ?? ''))).toBe(true)
      expect(isInvalidGrant(await calls.refresh(client, last.refresh))).toBe(true)
      for (const access of [first.access, last.access]) expect(await calls.isActive(client, access)).toBe(false)
    },
    60_000,
  )
})
