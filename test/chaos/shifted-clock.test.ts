import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createNodeClock, type NodeClock } from '../../chaos/node-clock.js'
import { runCommand } from '../../src/main/demo/command-process.js'
import type { JetonServer } from '../../src/main/demo/jeton-server.js'
import { runJeton, startServerProcess } from '../flows/server-process.js'

const FOLLOWS_WITHIN_MS = 5000

const PROCESS_MS = 60_000
/** The node has asked the database for the time meanwhile. */
const POLLS_MS = 1200

let folder: string
let clock: NodeClock

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jeton-clock-'))
  clock = createNodeClock(folder)
})
afterEach(() => clock.set(0))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the clock that chaos gives a node', () => {
  const READ_ALL = `
    const began = performance.now()
    setTimeout(() => console.log(JSON.stringify({
      numbers: [Date.now(), +new Date(), Date.parse(Date())],
      kept: [+new Date(7), +new Date('1970-01-01T00:00:01Z'), Date.UTC(1970, 0, 1, 0, 0, 2)],
      isDate: new Date() instanceof Date && new Date().constructor === Date && Object.prototype.toString.call(new Date()) === '[object Date]',
      waited: performance.now() - began,
    })), 100)`

  const readAll = async () => JSON.parse((await runCommand(['-e', READ_ALL], { cwd: folder, env: clock.env })).stdout)

  it.each([-3_600_000, 0, 2_000])(
    'tells every way to ask for the time %d ms more, and nothing else',
    async (offMs) => {
      clock.set(offMs)
      const before = Date.now()
      const { numbers, kept, isDate, waited } = await readAll()
      for (const number of numbers) {
        // One of them has whole seconds only.
        expect(number).toBeGreaterThan(before + offMs - 1000)
        expect(number).toBeLessThanOrEqual(Date.now() + offMs)
      }
      expect(kept).toEqual([7, 1000, 2000])
      expect(isDate).toBe(true)
      expect(waited).toBeGreaterThan(50)
      expect(waited).toBeLessThan(FOLLOWS_WITHIN_MS)
    },
    PROCESS_MS,
  )
})

describe('a server whose clock is set anew', () => {
  let server: JetonServer
  let client: { readonly client_id: string; readonly client_secret: string }

  beforeAll(async () => {
    server = await startServerProcess({ env: clock.env as Record<string, string> })
    client = (await runJeton(['apps', 'create', '--name', 'clocked', '--json'], { config: server.config })).json as typeof client
  }, PROCESS_MS)
  afterAll(() => server.stop(), PROCESS_MS)

  /** Whether a new token has the time of a clock that is so far ahead of this machine's. */
  async function issuesAhead(offSeconds: number): Promise<boolean> {
    const authorization = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    const before = Date.now() / 1000
    const response = await fetch(`${server.url}/oauth2/token`, { method: 'POST', headers: { authorization }, body })
    const { access_token } = (await response.json()) as { readonly access_token: string }
    const { iat } = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()) as { readonly iat: number }
    return iat > before + offSeconds - 1 && iat <= Date.now() / 1000 + offSeconds
  }

  async function begins(check: () => Promise<boolean>): Promise<boolean> {
    const end = performance.now() + FOLLOWS_WITHIN_MS
    while (!(await check()) && performance.now() < end) await sleep(50)
    return check()
  }

  const isReady = async (): Promise<boolean> => (await fetch(`${server.url}/readyz`)).status === 200

  it.each([2, -2])(
    'issues by it when it is %d s off, which is within max_clock_skew, and stays ready',
    async (offSeconds) => {
      expect(await begins(() => issuesAhead(0))).toBe(true)
      clock.set(offSeconds * 1000)
      expect(await begins(() => issuesAhead(offSeconds))).toBe(true)
      await sleep(POLLS_MS)
      expect(await isReady()).toBe(true)
    },
    PROCESS_MS,
  )

  it.each([7, -7])(
    'is not ready when it is %d s off, which is more, and is again once it is right',
    async (offSeconds) => {
      clock.set(offSeconds * 1000)
      expect(await begins(async () => !(await isReady()))).toBe(true)
      const doctor = await runJeton(['doctor'], { config: server.config })
      expect(doctor.stdout).toMatch(/clock.*differs from the database's by more than 5 s/)
      expect(doctor.code).not.toBe(0)
      clock.set(0)
      expect(await begins(isReady)).toBe(true)
    },
    PROCESS_MS,
  )
})
