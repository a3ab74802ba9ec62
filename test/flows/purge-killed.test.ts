import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Libsql from 'libsql'
import { insertRows } from '../purge/wso2-rows.js'
import { JETON, runJeton } from './server-process.js'

const COUNT = 800
const LEFT = COUNT / 10

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jeton-purge-killed-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function sql(statement: string): readonly unknown[] {
  const database = new Libsql(join(folder, 'jeton.db'), { timeout: 5000 })
  try {
    const prepared = database.prepare(statement)
    if (prepared.reader) return prepared.raw().all().flat()
    prepared.run()
    return []
  } finally {
    database.close()
  }
}

const rowsLeft = (): number => Number(sql('SELECT COUNT(*) FROM IDN_OAUTH2_ACCESS_TOKEN')[0])

describe('a purge that is killed', () => {
  it('loses nothing, is refused a second one meanwhile, and the next one goes on where it was', async () => {
    const config = join(folder, 'deployment.toml')
    writeFileSync(config, '[database.identity_db]\ntype = "sqlite"\nname = "jeton.db"\n[log]\nlevel = "error"\n')
    expect((await runJeton(['migrate'], { config })).code).toBe(0)
    sql("INSERT INTO IDN_OAUTH_CONSUMER_APPS (CONSUMER_KEY, APP_NAME) VALUES ('wso2', 'wso2')")
    for (const statement of insertRows('sqlite', { count: COUNT })) sql(statement)

    const slow = ['purge', 'tokens', '--batch', '50', '--pause', '100ms', '--backup', 'one.ndjson.gz', '--config', config]
    const killed = spawn(process.execPath, [JETON, ...slow], { cwd: folder, env: { ...process.env, NODE_OPTIONS: '' }, stdio: 'ignore' })
    const ended = new Promise((resolve) => killed.on('exit', resolve))
    while (!existsSync(join(folder, 'one.ndjson.gz')) || statSync(join(folder, 'one.ndjson.gz')).size < 8_000) await sleep(50)
    killed.kill('SIGKILL')
    await ended
    const half = rowsLeft()
    expect(half).toBeGreaterThan(LEFT)
    expect(half).toBeLessThan(COUNT)
    expect(sql("SELECT PLACE FROM JETON_PURGE_PLACE WHERE TARGET = 'wso2 tokens'")).toHaveLength(1)

    // Its lease lives on for a minute.
    const refused = await runJeton(['purge', 'tokens', '--json'], { config })
    expect([refused.code, refused.json]).toMatchObject([1, { error: { code: 'purge_running' } }])
    sql('UPDATE JETON_LEASE SET EXPIRES_MS = 0')

    const finished = await runJeton(['purge', 'tokens', '--backup', 'two.ndjson.gz', '--json'], { config })
    expect([finished.code, finished.json]).toMatchObject([0, { finished: true, targets: [{ deleted: half - LEFT, remaining: 0 }] }])
    expect(rowsLeft()).toBe(LEFT)
    expect(sql('SELECT COUNT(*) FROM JETON_PURGE_PLACE')).toEqual([0])

    expect((await runJeton(['purge', 'restore', 'one.ndjson.gz', '--json'], { config })).json).toMatchObject({ error: { code: 'truncated_backup' } })
    expect((await runJeton(['purge', 'restore', 'one.ndjson.gz', '--partial', '--json'], { config })).json).toMatchObject({
      complete: false,
      left_out: {},
    })
    expect((await runJeton(['purge', 'restore', 'two.ndjson.gz', '--json'], { config })).json).toMatchObject({ complete: true, left_out: {} })
    expect(rowsLeft()).toBe(COUNT)
  }, 120_000)
})
