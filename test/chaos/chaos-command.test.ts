import { fileURLToPath } from 'node:url'
import { runCommand } from '../../src/main/demo/command-process.js'

const PROCESS_MS = 60_000
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const chaos = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(['--import', 'tsx', 'chaos/run.ts', ...args], { cwd: ROOT, env: { ...process.env, NODE_OPTIONS: undefined, ...env } })

describe('npm run chaos', () => {
  it.each(['postgres', 'mysql'])(
    'says which programs of servers it misses, and ends with 3 (%s)',
    async (engine) => {
      const { code, stdout, stderr } = await chaos(['--engine', engine], { PATH: '/nonexistent' })
      expect(stderr).toMatch(/^not installed, or not in PATH: redis-server, redis-cli.*: install (PostgreSQL|MariaDB) and Redis/)
      expect(stderr.trim().split('\n')).toHaveLength(1)
      expect(stdout).toBe('')
      expect(code).toBe(3)
    },
    PROCESS_MS,
  )

  it.each([['--engine', 'oracle'], ['--break', 'everything'], ['--rounds', '0'], ['--nonsense']])(
    'ends with 2 for %s %s',
    async (...args) => {
      const { code, stderr } = await chaos(args)
      expect(stderr).toContain('npm run chaos -- --engine postgres|mysql')
      expect(code).toBe(2)
    },
    PROCESS_MS,
  )
})
