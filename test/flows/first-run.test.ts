import { execFile, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { JETON } from './server-process.js'

const LONGEST_START_MS = 20_000

/** `jeton serve` in an empty folder, on the port of the built-in default. */
function serveIn(folder: string) {
  const child = spawn(process.execPath, [JETON, 'serve'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString()
  })
  const told = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      stdout += text.toString()
      if (stdout.endsWith('\n')) resolve(stdout)
    })
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${stderr}`)))
  })
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
  }
  return { told, stop, log: () => stderr }
}

/** The real one where there is one, else the little one beside this file. */
function pathWithCurl(folder: string): string {
  if (spawnSync('curl', ['--version']).error === undefined) return process.env.PATH ?? ''
  symlinkSync(fileURLToPath(new URL('curl.mjs', import.meta.url)), join(folder, 'curl'))
  return `${folder}:${process.env.PATH}`
}

describe('the first run, with nothing configured', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-first-run-'))
  const tools = mkdtempSync(join(tmpdir(), 'jeton-curl-'))
  afterAll(() => {
    for (const made of [folder, tools]) rmSync(made, { recursive: true, force: true })
  })

  it(
    'prints lines that work when pasted, and the secret this once',
    async () => {
      const first = serveIn(folder)
      const welcome = await first.told
      const secret = /client_secret {2}(\S+)/.exec(welcome)?.[1] ?? ''
      const lines = welcome.slice(welcome.indexOf('CLIENT='))
      const { stdout } = await promisify(execFile)('sh', ['-c', lines], { env: { ...process.env, PATH: pathWithCurl(tools) } })
      const [pair, active, refreshed, revoked, refused] = stdout.trim().split('\n')
      expect(JSON.parse(pair ?? '')).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String), refresh_token: expect.any(String) })
      expect(JSON.parse(active ?? '')).toMatchObject({ active: true })
      expect(JSON.parse(refreshed ?? '')).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) })
      expect(revoked).toBe('revoked: 200')
      expect(refused).toBe('{"active":false}')
      await first.stop()
      expect(first.log()).not.toContain(secret)

      const second = serveIn(folder)
      const back = await second.told
      await second.stop()
      expect(back).toContain('jeton apps regenerate-secret')
      expect(back).not.toContain(secret)
    },
    2 * LONGEST_START_MS,
  )
})
