import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JetonServer } from '../../src/main/demo/jeton-server.js'
import { createOAuthClient, type OAuthClient, pairOf } from '../../src/main/demo/oauth-client.js'
import { type ControlPlane, type Mood, type ReceivedEvent, startControlPlane } from './control-plane.js'
import { createServerDatabase, describeOnEngines, type TemporaryServerDatabase } from './server-engine.js'
import { runJeton, startServerProcess } from './server-process.js'

const TYPES = { postgresql: 'postgre', mysql: 'mysql', memory: '', sqlite: '' }
const AT_ONCE = 20
const REVOKED_IN_EACH_PART = 60
/** A lease has to run out before another node goes on. */
const PATIENCE_MS = 60_000
const MOODS: readonly Mood[] = ['taken', 'lost', 'slow', 'unauthorized', 'broken', 'taken', 'taken', 'taken']

const jtiOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti

async function until(isReached: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await isReached())) {
    if (performance.now() > deadline) throw new Error(`never: ${what()}`)
    await sleep(50)
  }
}

async function metric({ url }: JetonServer, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
}

/** A generator of the same moods each time. */
function moods(seed: number): () => Mood {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return MOODS[Math.floor((state / 2 ** 32) * MOODS.length)] ?? 'taken'
  }
}

const tokensIn = (received: readonly ReceivedEvent[]): ReadonlySet<unknown> =>
  new Set(received.flatMap(({ type, accessToken }) => (type === 'token_revocation' ? [accessToken] : [])))

await describeOnEngines("WSO2's control plane, told by one of two nodes", ['postgresql', 'mysql'], (engine) => {
  const folders = [mkdtempSync(join(tmpdir(), 'jeton-wso2-')), mkdtempSync(join(tmpdir(), 'jeton-wso2-'))] as const
  const nodes: JetonServer[] = []
  let database: TemporaryServerDatabase
  let plane: ControlPlane
  let credentials: { readonly id: string; readonly secret: string }

  beforeAll(async () => {
    database = await createServerDatabase(engine === 'mysql' ? 'mysql' : 'postgresql')
    plane = await startControlPlane('jeton', 'geheim')
    const toml = `[oauth]
issuer = "https://jeton.test"
[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
[database.identity_db]
type = "${TYPES[engine]}"
url = "${database.url}"
[keystore]
encryption_key = "${'ab'.repeat(32)}"
[revocation]
wso2_notify_url = "${plane.url}"
wso2_username = "jeton"
wso2_password = "geheim"
`
    const config = join(folders[0], 'deployment.toml')
    writeFileSync(config, `[server]\n${toml}`)
    expect((await runJeton(['migrate'], { config })).code).toBe(0)
    nodes.push(await startServerProcess({ toml, folder: folders[0] }), await startServerProcess({ toml, folder: folders[1] }))
    const created = await runJeton(['apps', 'create', '--name', 'x', '--json'], { config: nodes[0]?.config ?? '' })
    credentials = { id: String(created.json?.client_id), secret: String(created.json?.client_secret) }
  }, 60_000)
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await plane?.close()
    await database?.drop()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })

  const clientAt = (node: JetonServer | undefined): OAuthClient => createOAuthClient(node?.url ?? '', credentials)

  /** Revokes access tokens, and a few grants among them. @returns the `jti` of those whose revocation was acknowledged. */
  async function revokeSome(node: JetonServer | undefined): Promise<readonly string[]> {
    const client = clientAt(node)
    const acknowledged: string[] = []
    for (let at = 0; at < REVOKED_IN_EACH_PART; at += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, index) => {
          const pair = pairOf(await client.token({ grant_type: 'client_credentials' }))
          const isGrant = index % 5 === 0
          const answer = await client.revoke(isGrant ? pair.refresh : pair.access)
          if (answer.status === 200 && !isGrant) acknowledged.push(jtiOf(pair.access))
        }),
      )
    }
    return acknowledged
  }

  it('hears of every revocation, though it loses, refuses, fails and goes away, and though the node that tells it is killed', async () => {
    plane.mood = moods(7)
    const acknowledged = [...(await revokeSome(nodes[0]))]
    await until(
      async () => (await Promise.all(nodes.map((node) => metric(node, 'jeton_wso2_sender')))).includes(1),
      () => 'a node that tells',
    )
    await until(
      () => plane.received.length > 20,
      () => `only ${plane.received.length} events`,
    )
    const isFirst = (await metric(nodes[0] as JetonServer, 'jeton_wso2_sender')) === 1
    const [sender, other] = isFirst ? nodes : [...nodes].reverse()

    const during = revokeSome(other)
    sender?.kill('SIGKILL')
    acknowledged.push(...(await during), ...(await revokeSome(other)))
    await plane.goAway(1500)
    acknowledged.push(...(await revokeSome(other)))
    plane.mood = () => 'taken'

    const missing = () => acknowledged.filter((jti) => !tokensIn(plane.received).has(jti)).length
    await until(
      () => missing() === 0,
      () => `${missing()} of ${acknowledged.length} events are missing`,
    )
    await until(
      async () => (await metric(other as JetonServer, 'jeton_wso2_events_waiting')) === 0,
      () => 'nothing waits',
    )
    const times = plane.received.flatMap(({ type, revocationTime }) => (type === 'subject_entity_revocation_event' ? [Number(revocationTime)] : []))
    expect(times.length).toBeGreaterThan(0)
    // Node after node tells them in the order of the log; what is told twice begins where the dead one had stopped remembering.
    const restarts = times.filter((time, index) => index > 0 && time < (times[index - 1] ?? 0)).length
    expect(restarts).toBeLessThanOrEqual(1)
    expect(times.at(-1)).toBe(Math.max(...times))
    expect(`${sender?.stderr()}${other?.stderr()}`).not.toContain('geheim')
  }, 150_000)
})
