import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JetonServer } from '../../src/main/demo/jeton-server.js'
import { type Answer, createOAuthClient, type OAuthClient, type Pair, pairOf } from '../../src/main/demo/oauth-client.js'
import { runJeton, startServerProcess } from './server-process.js'

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 20)
const OF_EACH_KIND = 250
const ACKNOWLEDGED_AT_LEAST = 100
const KILLED_AFTER_AT_MOST = 400
const OF_EITHER_AT_LEAST = 10
const AT_ONCE = 50

interface Revoked {
  readonly pair: Pair
  /** By its refresh token, which takes the whole grant with it (RFC 7009 §2.1), or by its access token. */
  readonly by: 'refresh' | 'access'
}

interface Refreshed {
  readonly spent: string
  readonly successor: string
}

/** What the server had said it had done when it was killed. */
interface Acknowledged {
  readonly revoked: Revoked[]
  readonly refreshed: Refreshed[]
  /** Statuses other than 200. */
  readonly refusals: number[]
}

const toml = (grace: string): string => `
[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
[oauth.token_renewal]
refresh_grace = "${grace}"
[log]
level = "error"
`

let folder: string
let server: JetonServer | undefined
let client: OAuthClient

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'jeton-kill-9-'))
  server = await startServerProcess({ folder, toml: toml('0s') })
  const created = await runJeton(['apps', 'create', '--name', 'killed', '--json'], { config: server.config })
  client = createOAuthClient(server.url, { id: String(created.json?.client_id), secret: String(created.json?.client_secret) })
}, 60_000)

afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Goes on with the same data at the same address. */
async function restart(killed: JetonServer, grace: string): Promise<JetonServer> {
  await killed.exited
  server = await startServerProcess({ folder, port: killed.port, toml: toml(grace) })
  return server
}

/** `work` for each of `items`, no more than AT_ONCE of them under way. */
async function inTurns<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))))
  return results
}

const issue = (count: number): Promise<Pair[]> =>
  inTurns(Array.from({ length: count }), async () => pairOf(await client.token({ grant_type: 'client_credentials' })))

/** Sends all requests at once and kills the server when a random number of them has been acknowledged. */
async function killInTheMiddle(killed: JetonServer, toRevoke: readonly Pair[], toRefresh: readonly Pair[]): Promise<Acknowledged> {
  const acknowledged: Acknowledged = { revoked: [], refreshed: [], refusals: [] }
  const killAt = randomInt(ACKNOWLEDGED_AT_LEAST, KILLED_AFTER_AT_MOST)
  const take = async (request: Promise<Answer>, note: (answer: Answer) => void): Promise<void> => {
    const answer = await request.catch(() => undefined)
    if (answer === undefined) return
    if (answer.status === 200) note(answer)
    else acknowledged.refusals.push(answer.status)
    const [revoked, refreshed] = [acknowledged.revoked.length, acknowledged.refreshed.length]
    if (revoked + refreshed >= killAt && Math.min(revoked, refreshed) >= OF_EITHER_AT_LEAST) killed.kill('SIGKILL')
  }
  const revoke = (pair: Pair, by: Revoked['by']): Promise<void> => take(client.revoke(pair[by]), () => acknowledged.revoked.push({ pair, by }))
  const refresh = (pair: Pair): Promise<void> =>
    take(client.refresh(pair.refresh), (answer) => acknowledged.refreshed.push({ spent: pair.refresh, successor: pairOf(answer).refresh }))
  const revocations = toRevoke.map((pair, at) => () => revoke(pair, at % 2 === 0 ? 'refresh' : 'access'))
  const refreshes = toRefresh.map((pair) => () => refresh(pair))
  await Promise.all(revocations.flatMap((one, at) => [one, ...refreshes.slice(at, at + 1)]).map((send) => send()))
  return acknowledged
}

const isActive = async (token: string): Promise<unknown> => (await client.introspect(token)).body.active

async function nextSecond(): Promise<void> {
  await sleep(1_050 - (Date.now() % 1_000))
}

describe('the built command, killed by SIGKILL while 500 revocations and refreshes are in flight', () => {
  it(`loses no acknowledged revocation and accepts no spent refresh token outside its grace, in ${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const running = server as JetonServer
      const [toRevoke, toRefresh, untouched] = [await issue(OF_EACH_KIND), await issue(OF_EACH_KIND), await issue(2)]
      const acknowledged = await killInTheMiddle(running, toRevoke, toRefresh)
      expect(acknowledged.refusals).toEqual([])
      const { revoked, refreshed } = acknowledged
      expect(revoked.length + refreshed.length).toBeGreaterThanOrEqual(ACKNOWLEDGED_AT_LEAST)
      expect(Math.min(revoked.length, refreshed.length)).toBeGreaterThanOrEqual(OF_EITHER_AT_LEAST)

      const withinGrace = round % 2 === 0
      await restart(running, withinGrace ? '1h' : '0s')
      expect(await inTurns(untouched, (pair) => isActive(pair.access))).toEqual([true, true])
      await expectRevoked(revoked)
      await (withinGrace ? expectSameSuccessors(refreshed) : expectSpent(refreshed))
    }
  }, 240_000)
})

async function expectRevoked(revoked: readonly Revoked[]): Promise<void> {
  const active = await inTurns(revoked, ({ pair }) => isActive(pair.access))
  expect(active.filter((one) => one !== false)).toEqual([])
  const grants = revoked.filter(({ by }) => by === 'refresh')
  expectInvalidGrant(await inTurns(grants, ({ pair }) => client.refresh(pair.refresh)))
}

function expectInvalidGrant(answers: readonly Answer[]): void {
  expect(answers.filter(({ status, body }) => status !== 400 || body.error !== 'invalid_grant')).toEqual([])
}

async function expectSameSuccessors(refreshed: readonly Refreshed[]): Promise<void> {
  const again = await inTurns(refreshed, async ({ spent }) => pairOf(await client.refresh(spent)).refresh)
  expect(again).toEqual(refreshed.map(({ successor }) => successor))
}

async function expectSpent(refreshed: readonly Refreshed[]): Promise<void> {
  await nextSecond()
  const alive = await inTurns(refreshed, async ({ successor }) => (await client.introspect(successor, 'refresh_token')).body.active)
  expect(alive.filter((active) => active !== true)).toEqual([])
  expectInvalidGrant(await inTurns(refreshed, ({ spent }) => client.refresh(spent)))
}
