import Libsql from 'libsql'
import { seconds } from '../../src/model/time.js'
import { addRows, type BatchRequest, type DoomedRows, type PurgeTarget, type RowsByReason, totalOf } from '../../src/stores/purge-target.js'
import { describeOn, findEngine } from '../adapters/prisma/engines.js'
import { createServerDatabase } from '../adapters/prisma/server-database.js'
import { temporaryDatabases } from '../adapters/prisma/temporary-database.js'
import { type OpenedStores, purgeTarget } from '../stores/opened-stores.js'
import { toldRows } from './told-rows.js'
import { type JudgedCode, type JudgedToken, judgeCode, judgeToken, type Verdict } from './wso2-judge.js'
import { insertRows, judgeRows, type RowEngine, type RunSql, timeOf } from './wso2-rows.js'

const COUNT = 600
const NEEDS = { limit: 50, safePeriod: seconds(7200) }

interface Opened {
  readonly engine: RowEngine
  readonly stores: Pick<OpenedStores, 'purgeTargets'>
  readonly sql: RunSql
}

async function purgeAll(target: PurgeTarget, keep?: BatchRequest['keep'], from: string | null = null): Promise<RowsByReason> {
  let deleted: RowsByReason = {}
  let after = from
  do {
    const batch = await target.deleteBatch({ ...NEEDS, after, ...(keep && { keep }) })
    deleted = addRows(deleted, batch.deleted)
    after = batch.after
  } while (after !== null)
  return deleted
}

const idsOf = async (sql: RunSql, table: string, column: string): Promise<readonly string[]> =>
  (await sql(`SELECT ${column} AS AN_ID FROM ${table}`)).map((row) => String(row.AN_ID ?? row.an_id)).sort()

const tallied = (verdicts: Iterable<Verdict>): RowsByReason =>
  [...verdicts].filter((verdict) => verdict !== 'stays').reduce<RowsByReason>((counts, verdict) => addRows(counts, { [verdict]: 1 }), {})

function createGate() {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open: () => open() }
}

const HOUR = 3_600_000

/** Within a minute of every limit, on either side, and validities that no reckoning can add to. */
function edges(nowMs: number): readonly (JudgedToken & { readonly id: string })[] {
  const tokens: JudgedToken[] = []
  for (const state of ['ACTIVE', 'EXPIRED', 'INACTIVE', 'REVOKED', 'active', 'Revoked', null]) {
    for (const lifetimeMs of [0n, 1000n, 3_600_000n, 99_999_999_999_989n, 99_999_999_999_990n, 9_223_372_036_854_775_807n, -1n, null]) {
      for (const ageMs of [0, 30 * 86_400_000]) {
        for (const shiftMs of [-30_000, 30_000]) {
          const issuedAtMs = Math.floor(nowMs / 1000) * 1000 - ageMs - 2 * HOUR + shiftMs - (lifetimeMs === 3_600_000n ? HOUR : 0)
          const token = { state, issuedAtMs, refreshIssuedAtMs: issuedAtMs, lifetimeMs, refreshLifetimeMs: lifetimeMs, hasRefreshToken: true }
          tokens.push(
            token,
            { ...token, hasRefreshToken: false },
            { ...token, lifetimeMs: 1000n },
            { ...token, refreshIssuedAtMs: issuedAtMs - HOUR },
          )
        }
      }
    }
  }
  return tokens.map((token, index) => ({ ...token, id: `edge-${index}` }))
}

const timestamp = (ms: number): string => `'${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}'`
const orNull = (value: string | bigint | null): string => (value === null ? 'NULL' : typeof value === 'bigint' ? String(value) : `'${value}'`)

async function insertTokens(sql: RunSql, tokens: readonly (JudgedToken & { readonly id: string })[]): Promise<void> {
  for (const token of tokens) {
    await sql(`INSERT INTO IDN_OAUTH2_ACCESS_TOKEN (TOKEN_ID, ACCESS_TOKEN, REFRESH_TOKEN, TIME_CREATED, REFRESH_TOKEN_TIME_CREATED, VALIDITY_PERIOD,
      REFRESH_TOKEN_VALIDITY_PERIOD, TOKEN_STATE, TOKEN_STATE_ID, CONSUMER_KEY_ID)
      SELECT '${token.id}', '${token.id}', ${token.hasRefreshToken ? `'r-${token.id}'` : 'NULL'}, ${timestamp(token.issuedAtMs)},
        ${timestamp(token.refreshIssuedAtMs)}, ${orNull(token.lifetimeMs)}, ${orNull(token.refreshLifetimeMs)}, ${orNull(token.state)}, '${token.id}', MIN(ID)
      FROM IDN_OAUTH_CONSUMER_APPS`)
  }
}

function wso2PurgeContract(name: string, open: () => Promise<Opened>): void {
  describe(`the purge of WSO2's rows (${name})`, () => {
    let opened: Opened
    beforeEach(async () => {
      opened = await open()
      await opened.sql("INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, APP_NAME) VALUES ('wso2', 'wso2')")
    })

    it('takes exactly what the judge gives it, with what belongs to it, and tells of every row', async () => {
      const { engine, stores, sql } = opened
      for (const statement of insertRows(engine, { count: COUNT })) await sql(statement)
      const verdicts = await judgeRows(engine, sql)
      const stay = [...verdicts].filter(([, verdict]) => verdict === 'stays').map(([id]) => id)
      const target = purgeTarget(stores as OpenedStores, 'wso2 tokens')
      expect(await target.count(NEEDS)).toEqual(tallied(verdicts.values()))
      const kept: DoomedRows[] = []
      expect(await purgeAll(target, async (rows) => void kept.push(...rows))).toEqual(tallied(verdicts.values()))
      expect(await idsOf(sql, 'IDN_OAUTH2_ACCESS_TOKEN', 'TOKEN_ID')).toEqual(stay.sort())
      expect(new Set(await idsOf(sql, 'IDN_OAUTH2_ACCESS_TOKEN_SCOPE', 'TOKEN_ID'))).toEqual(new Set(stay))
      const gone = [...verdicts.keys()].filter((id) => !stay.includes(id)).sort()
      const told = (table: string) =>
        toldRows(kept)
          .filter((row) => row.table === table)
          .map((row) => String(row.values.TOKEN_ID))
      expect(told('IDN_OAUTH2_ACCESS_TOKEN').sort()).toEqual(gone)
      expect(new Set(told('IDN_OAUTH2_ACCESS_TOKEN_SCOPE'))).toEqual(new Set(gone))
      expect(await target.count(NEEDS)).toEqual({})
    })

    it('finds the few that may go among many that have to stay, wherever they are', async () => {
      const { engine, stores, sql } = opened
      for (const statement of insertRows(engine, { count: 1500 })) await sql(statement)
      await sql("UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TOKEN_STATE = 'LOCKED'")
      const ids = await idsOf(sql, 'IDN_OAUTH2_ACCESS_TOKEN', 'TOKEN_ID')
      const dead = [60, 61, 400, 401, 402, 1100, 1499].map((index) => String(ids[index]))
      await sql(`UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TOKEN_STATE = 'REVOKED' WHERE TOKEN_ID IN (${dead.map((id) => `'${id}'`).join(', ')})`)
      expect(await purgeAll(purgeTarget(stores as OpenedStores, 'wso2 tokens'))).toEqual({ revoked: dead.length })
      expect(await idsOf(sql, 'IDN_OAUTH2_ACCESS_TOKEN', 'TOKEN_ID')).toEqual(ids.filter((id) => !dead.includes(id)))
    })

    it('is as exact near every limit, and with validities that overflow', async () => {
      const { engine, stores, sql } = opened
      const nowMs = await timeOf(engine, sql)
      const tokens = edges(nowMs)
      await insertTokens(sql, tokens)
      const verdicts = new Map(tokens.map((token) => [token.id, judgeToken(token, nowMs)]))
      expect(await purgeAll(purgeTarget(stores as OpenedStores, 'wso2 tokens'))).toEqual(tallied(verdicts.values()))
      const stay = tokens.filter(({ id }) => verdicts.get(id) === 'stays').map(({ id }) => id)
      expect(await idsOf(sql, 'IDN_OAUTH2_ACCESS_TOKEN', 'TOKEN_ID')).toEqual(stay.sort())
    })

    it('leaves a code while what it was exchanged for stays', async () => {
      const { engine, stores, sql } = opened
      const nowMs = await timeOf(engine, sql)
      const pair = {
        issuedAtMs: nowMs - HOUR,
        refreshIssuedAtMs: nowMs - HOUR,
        lifetimeMs: 60_000n,
        refreshLifetimeMs: 86_400_000n,
        hasRefreshToken: true,
      }
      const tokens = ['ACTIVE', 'REVOKED'].map((state) => ({ ...pair, state, id: state }))
      await insertTokens(sql, tokens)
      const codes: (JudgedCode & { readonly id: string })[] = []
      for (const state of ['ACTIVE', 'INACTIVE', 'EXPIRED', 'REVOKED', null]) {
        for (const lifetimeMs of [300_000n, -1n, 9_223_372_036_854_775_807n, null]) {
          for (const token of [undefined, ...tokens]) {
            for (const hours of [1, 3]) codes.push({ state, lifetimeMs, token, issuedAtMs: nowMs - hours * HOUR, id: `code-${codes.length}` })
          }
        }
      }
      for (const code of codes) {
        await sql(`INSERT INTO IDN_OAUTH2_AUTHORIZATION_CODE (CODE_ID, AUTHORIZATION_CODE, STATE, TIME_CREATED, VALIDITY_PERIOD, TOKEN_ID)
          VALUES ('${code.id}', 'c', ${orNull(code.state)}, ${timestamp(code.issuedAtMs)}, ${orNull(code.lifetimeMs)},
          ${orNull(code.token === undefined ? 'gone' : String(code.token.state))})`)
      }
      const verdicts = new Map(codes.map((code) => [code.id, judgeCode(code, nowMs)]))
      expect(await purgeAll(purgeTarget(stores as OpenedStores, 'authorization codes'))).toEqual(tallied(verdicts.values()))
      const stay = codes.filter(({ id }) => verdicts.get(id) === 'stays').map(({ id }) => id)
      expect(await idsOf(sql, 'IDN_OAUTH2_AUTHORIZATION_CODE', 'CODE_ID')).toEqual(stay.sort())
    })

    it('goes on where a batch ended', async () => {
      const { engine, stores, sql } = opened
      for (const statement of insertRows(engine, { count: 300 })) await sql(statement)
      const target = purgeTarget(stores as OpenedStores, 'wso2 tokens')
      const all = tallied((await judgeRows(engine, sql)).values())
      let first = await target.deleteBatch({ ...NEEDS, after: null })
      // Pages may be empty at the beginning of a table.
      while (totalOf(first.deleted) === 0) first = await target.deleteBatch({ ...NEEDS, after: first.after })
      expect(totalOf(first.deleted)).toBeLessThanOrEqual(NEEDS.limit)
      expect(first.after).not.toBeNull()
      const rest = await purgeAll(target, undefined, first.after)
      expect(addRows(first.deleted, rest)).toEqual(all)
      expect(await purgeAll(target)).toEqual({})
    })

    it('begins anew where the place is of another form', async () => {
      const { engine, stores, sql } = opened
      for (const statement of insertRows(engine, { count: 100 })) await sql(statement)
      const all = tallied((await judgeRows(engine, sql)).values())
      const target = purgeTarget(stores as OpenedStores, 'wso2 tokens')
      const later = await purgeAll(target, undefined, engine === 'postgresql' ? 'an-old-key' : '(0,0)')
      expect(addRows(later, await purgeAll(target))).toEqual(all)
    })
  })
}

const databases = temporaryDatabases()
const connections: Libsql.Database[] = []
afterAll(async () => {
  for (const connection of connections) connection.close()
  await databases.closeAll()
})

wso2PurgeContract('SQLite', async () => {
  const file = databases.newFile()
  const stores = await databases.open({ file })
  const connection = new Libsql(file, { timeout: 5000 })
  connections.push(connection)
  return {
    engine: 'sqlite',
    stores,
    sql: async (statement) => {
      const prepared = connection.prepare(statement)
      if (prepared.reader) return prepared.all() as readonly Record<string, unknown>[]
      prepared.run()
      return []
    },
  }
})

for (const engine of await Promise.all([findEngine('postgres'), findEngine('mysql')])) {
  describeOn(engine, () => {
    let server: Awaited<ReturnType<typeof createServerDatabase>> | undefined
    afterAll(() => server?.drop())
    wso2PurgeContract(engine.name, async () => {
      server ??= await createServerDatabase(engine)
      const stores = await server.openStores()
      await server.sql('DELETE FROM IDN_OAUTH2_AUTHORIZATION_CODE')
      return { engine: engine.engine, stores, sql: server.sql }
    })

    describe(`the purge of WSO2's rows beside others (${engine.name})`, () => {
      async function openFilled() {
        server ??= await createServerDatabase(engine)
        const stores = await server.openStores()
        await server.sql("INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, APP_NAME) VALUES ('wso2', 'wso2')")
        for (const statement of insertRows(engine.engine, { count: COUNT })) await server.sql(statement)
        const verdicts = await judgeRows(engine.engine, server.sql)
        return { server, target: purgeTarget(stores as OpenedStores, 'wso2 tokens'), verdicts }
      }

      it('leaves what somebody else works on, without waiting for it, and takes it the next time', async () => {
        const { server: own, target, verdicts } = await openFilled()
        const [id] = [...verdicts].find(([, verdict]) => verdict === 'revoked') ?? []
        const { revoked = 0, ...rest } = tallied(verdicts.values())
        await own.sql('BEGIN')
        await own.sql(`SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID = '${id}' FOR UPDATE`)
        expect(await purgeAll(target)).toEqual({ ...rest, revoked: revoked - 1 })
        await own.sql('COMMIT')
        expect(await purgeAll(target)).toEqual({ revoked: 1 })
      })

      it('waits for nobody who works on a row that stays', async () => {
        const { server: own, target, verdicts } = await openFilled()
        const [id] = [...verdicts].find(([, verdict]) => verdict === 'stays') ?? []
        await own.sql('BEGIN')
        await own.sql(`UPDATE IDN_OAUTH2_ACCESS_TOKEN SET USER_DOMAIN = 'SECONDARY' WHERE TOKEN_ID = '${id}'`)
        expect(await purgeAll(target)).toEqual(tallied(verdicts.values()))
        await own.sql('COMMIT')
      })

      // On PostgreSQL the first pages may be empty.
      const onMysql = engine.engine === 'mysql' ? it : undefined
      onMysql?.(
        'takes nothing that it has not told of, though more may go by then; it deletes in its turn, and lets the next batch go on',
        async () => {
          const { server: own, target, verdicts } = await openFilled()
          const stay = [...verdicts].flatMap(([id, verdict]) => (verdict === 'stays' ? [id] : []))
          const [told, events]: [string[], string[]] = [[], []]
          const [turn, before] = [createGate(), createGate()]
          const purged = target.deleteBatch({
            ...NEEDS,
            limit: COUNT,
            after: null,
            before: before.passed,
            turn: turn.passed,
            endsAt: (end) => {
              events.push(`ends at ${end}`)
              turn.open()
            },
            deleted: () => void events.push('deleted'),
            keep: async (rows) => {
              told.push(...toldRows(rows).flatMap(({ table, values }) => (table === 'IDN_OAUTH2_ACCESS_TOKEN' ? [String(values.TOKEN_ID)] : [])))
              // One by one, since a longer search would wait for rows that are deleted.
              for (const id of stay) await own.sql(`UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TOKEN_STATE = 'REVOKED' WHERE TOKEN_ID = '${id}'`)
              // The batch before this one is not committed yet.
              expect(await idsOf(own.sql, 'IDN_OAUTH2_ACCESS_TOKEN', 'TOKEN_ID')).toHaveLength(COUNT)
              before.open()
            },
          })
          const { after } = await purged
          expect(events).toEqual([`ends at ${after}`, 'deleted'])
          const left = await idsOf(own.sql, 'IDN_OAUTH2_ACCESS_TOKEN', 'TOKEN_ID')
          expect(left).toEqual([...stay].sort())
          expect(told.sort()).toEqual([...verdicts.keys()].filter((id) => !left.includes(id)).sort())
          expect(new Set(await idsOf(own.sql, 'IDN_OAUTH2_ACCESS_TOKEN_SCOPE', 'TOKEN_ID'))).toEqual(new Set(left))
        },
      )

      const onPostgresql = engine.engine === 'postgresql' ? it : undefined
      onPostgresql?.('walks along the key where rows of several tables may have the same place', async () => {
        const { server: own, target, verdicts } = await openFilled()
        await own.sql('CREATE TABLE MORE_TOKENS () INHERITS (IDN_OAUTH2_ACCESS_TOKEN)')
        try {
          const { after } = await target.deleteBatch({ ...NEEDS, after: null })
          expect([...verdicts.keys()]).toContain(after)
          expect(await purgeAll(target)).not.toEqual({})
          const stay = [...verdicts].flatMap(([id, verdict]) => (verdict === 'stays' ? [id] : []))
          expect(await idsOf(own.sql, 'IDN_OAUTH2_ACCESS_TOKEN', 'TOKEN_ID')).toEqual(stay.sort())
        } finally {
          await own.sql('DROP TABLE MORE_TOKENS')
        }
      })

      it('tells of every row too where a column is of a type that only the driver reads', async () => {
        const { server: own, target, verdicts } = await openFilled()
        await own.sql('ALTER TABLE IDN_OAUTH2_ACCESS_TOKEN ADD COLUMN A_NUMBER DOUBLE PRECISION')
        try {
          const kept: DoomedRows[] = []
          expect(await purgeAll(target, async (rows) => void kept.push(...rows))).toEqual(tallied(verdicts.values()))
          const told = toldRows(kept)
            .filter(({ table }) => table === 'IDN_OAUTH2_ACCESS_TOKEN')
            .map(({ values }) => values.TOKEN_ID)
          expect(told.sort()).toEqual([...verdicts].flatMap(([id, verdict]) => (verdict === 'stays' ? [] : [id])).sort())
        } finally {
          await own.sql('ALTER TABLE IDN_OAUTH2_ACCESS_TOKEN DROP COLUMN A_NUMBER')
        }
      })
    })
  })
}
