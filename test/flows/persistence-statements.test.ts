import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'
import { describeOnEngines } from './server-engine.js'
import { pairOf, serveTokens, type TokenCalls } from './token-calls.js'

/** Messages to the database, those that begin and end a transaction among them. `docs/token-persistence.md` states them. */
const SQLITE = { first: 5, again: 11, againWithoutRefresh: 10, same: 1, introspect: 1, refresh: 9, refreshAgain: 9, revokeAccess: 8, revokeGrant: 9 }
const EXPECTED = {
  memory: SQLITE,
  sqlite: SQLITE,
  postgresql: SQLITE,
  // A change of one row that answers with it is two statements there, and the first step of a grant a third one; a transaction begins in the message of its first statement.
  mysql: { ...SQLITE, first: 4, refresh: 10 },
} as const
const WRITING = ['first', 'again', 'againWithoutRefresh', 'refresh', 'refreshAgain', 'revokeAccess', 'revokeGrant']

await describeOnEngines('what stored tokens cost', ['sqlite', 'postgresql', 'mysql'], (engine) => {
  const statements: string[] = []
  let jeton: JetonInProcess
  let calls: TokenCalls
  beforeAll(async () => {
    const toml = '[oauth]\nhash_tokens_and_secrets = false\n[oauth.token_persistence]\nenable = true\n'
    jeton = await startJeton({ engine, toml, onStatement: (sql) => statements.push(sql) })
    calls = await serveTokens(jeton)
  })
  afterAll(async () => {
    await calls.close()
    await jeton.close()
  })

  async function cost(work: () => Promise<unknown>): Promise<readonly [statements: number, commits: number]> {
    statements.splice(0)
    await work()
    return [statements.length, statements.filter((sql) => /\bCOMMIT\b/i.test(sql)).length]
  }

  it('is one transaction for each request that writes, of as many statements as are stated', async () => {
    const client = await jeton.createClient({ scopes: 'read write' })
    const withoutRefresh = await jeton.createClient({ scopes: 'read write', grantTypes: ['client_credentials'] })
    const opaque = await jeton.createClient({ scopes: 'read write', tokenType: 'OAUTH' })
    for (const one of [client, withoutRefresh, opaque]) await calls.isActive(one, 'x')
    const ask = (who: Credentials) => calls.token(who, { grant_type: 'client_credentials' })
    const counted = new Map<string, readonly [number, number]>()
    counted.set('first', await cost(() => ask(client)))
    counted.set('again', await cost(() => ask(client)))
    await ask(withoutRefresh)
    counted.set('againWithoutRefresh', await cost(() => ask(withoutRefresh)))
    await ask(opaque)
    counted.set('same', await cost(() => ask(opaque)))
    const pair = pairOf(await ask(client))
    counted.set('introspect', await cost(() => calls.isActive(client, pair.access)))
    let next = pair
    const refresh = async () => {
      next = pairOf(await calls.refresh(client, next.refresh))
    }
    counted.set('refresh', await cost(refresh))
    counted.set('refreshAgain', await cost(refresh))
    counted.set('revokeAccess', await cost(() => calls.revoke(client, next.access)))
    counted.set('revokeGrant', await cost(() => calls.revoke(client, next.refresh)))
    expect(Object.fromEntries([...counted].map(([name, [sent]]) => [name, sent]))).toEqual(EXPECTED[engine])
    for (const [name, [, commits]] of counted) expect([name, commits]).toEqual([name, WRITING.includes(name) ? 1 : 0])
  })
})
