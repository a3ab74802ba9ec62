import { composePurger } from '../../src/main/compose/compose-purger.js'
import { type Clock, epochSeconds, seconds } from '../../src/model/time.js'
import { StillClock } from '../still-clock.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'
import { isInvalidGrant, pairOf, serveTokens, type TokenCalls } from './token-calls.js'

const RUNS = Number(process.env.PURGE_RUNS ?? 2)
const STEPS = 15
const HOUR = 3600
const DAY = 24 * HOUR

/** The same sequence for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Issued {
  readonly client: Credentials
  readonly access: string
  readonly refresh: string
  isSpent: boolean
}

const askew = (clock: Clock, by: number): Clock => ({ now: () => epochSeconds(clock.now() + by), nowMs: () => clock.nowMs() + by * 1000 })

/** Purges as somebody on another machine would, whose clock is wrong. @returns whether that was refused. */
async function purgeWith({ stores }: JetonInProcess, clock: Clock): Promise<boolean> {
  const purge = composePurger({ stores, clock } as Parameters<typeof composePurger>[0], { events: () => undefined, nodeId: 'other' })
  const limits = { batch: 3, lockTimeMs: 100, yields: true, pauseMs: 0, safePeriod: seconds(2 * HOUR), signal: new AbortController().signal }
  try {
    return !(await purge(stores.purgeTargets, limits)).finished
  } catch (error) {
    if ((error as { code?: string }).code === 'clock_differs') return true
    throw error
  }
}

class World {
  readonly issued: Issued[] = []
  readonly #jeton: JetonInProcess
  readonly #calls: TokenCalls
  readonly #random: () => number
  readonly #clients: readonly Credentials[]

  constructor(
    jeton: JetonInProcess,
    calls: TokenCalls,
    { random, clients }: { readonly random: () => number; readonly clients: readonly Credentials[] },
  ) {
    this.#jeton = jeton
    this.#calls = calls
    this.#random = random
    this.#clients = clients
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  async step(clock: StillClock | undefined): Promise<void> {
    const dice = this.#random()
    if (dice < 0.3 || this.issued.length === 0) {
      const client = this.#pick(this.#clients)
      this.issued.push({ client, isSpent: false, ...(await this.#calls.issue(client)) })
    } else if (dice < 0.6) {
      const one = this.#pick(this.issued)
      const answer = await this.#calls.refresh(one.client, one.refresh)
      if (answer.status === 200) {
        this.issued.push({ client: one.client, isSpent: false, ...pairOf(answer) })
        one.isSpent = true
      }
    } else if (dice < 0.75) {
      const one = this.#pick(this.issued)
      await this.#calls.revoke(one.client, this.#random() < 0.5 ? one.access : one.refresh)
    } else if (dice < 0.8) {
      await this.#jeton.jeton.operations.revoke({ kind: 'all' })
    } else clock?.advance(Math.floor(this.#random() ** 3 * 3 * DAY))
    await this.#jeton.runJob('poll')
  }

  /** What everybody would be told of every token. */
  async verdicts(): Promise<readonly string[]> {
    const told: string[] = []
    for (const { client, access, refresh } of this.issued) {
      told.push(`${await this.#calls.isActive(client, access)} ${await this.#calls.isActive(client, refresh, 'refresh_token')}`)
    }
    return told
  }

  /** Refresh tokens that were spent, and that no grace covers any more. */
  async replayAll(): Promise<readonly boolean[]> {
    const refused: boolean[] = []
    for (const { client, refresh } of this.issued.filter(({ isSpent }) => isSpent))
      refused.push(isInvalidGrant(await this.#calls.refresh(client, refresh)))
    return refused
  }
}

const SETTINGS = {
  'nothing stored': '',
  'everything stored, no clean-up': '[oauth.token_persistence]\nenable = true\n[oauth.token_cleanup]\nenable = false',
  'everything stored, with an audit': '[oauth.token_persistence]\nenable = true',
}

describe.each(Object.entries(SETTINGS))('with %s', (_name, toml) => {
  it('a purge right after anything changes no verdict, whatever the clock of who purges says', async () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const clock = new StillClock()
      const jeton = await startJeton({ clock, toml })
      const calls = await serveTokens(jeton)
      const random = createRandom(seed)
      const clients = [await jeton.createClient(), await jeton.createClient({ tokenType: 'OAUTH' })]
      const world = new World(jeton, calls, { random, clients })
      try {
        for (let step = 0; step < STEPS; step++) {
          await world.step(clock)
          const before = await world.verdicts()
          for (const by of [-DAY, DAY]) expect(await purgeWith(jeton, askew(clock, by))).toBe(true)
          for (const by of [-HOUR / 2, 0, HOUR / 2]) expect(await purgeWith(jeton, askew(clock, by))).toBe(false)
          expect({ seed, step, verdicts: await world.verdicts() }).toEqual({ seed, step, verdicts: before })
        }
        clock.advance(60)
        await jeton.runJob('poll')
        expect(await world.replayAll()).not.toContain(false)
      } finally {
        await calls.close()
        await jeton.close()
      }
    }
  }, 120_000)
})
