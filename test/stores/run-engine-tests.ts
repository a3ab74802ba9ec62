import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ENGINE_NAMES, findEngine, isRequired } from '../adapters/prisma/engines.js'

/**
 * A program: runs the contracts on every engine that is there, then says which those were and which were skipped.
 * With `--list` it only says so. Fails where JETON_REQUIRE names an engine that is not there.
 */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')

interface Met {
  readonly name: string
  /** undefined: not there. */
  readonly version: string | undefined
  readonly missing: string | undefined
}

async function meetEngines(): Promise<readonly Met[]> {
  const servers = await Promise.all(ENGINE_NAMES.map(findEngine))
  return [{ name: 'sqlite', version: 'embedded', missing: undefined }, ...servers, findRedis()]
}

function findRedis(): Met {
  const { status, stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  const version = status === 0 ? `Redis ${/v=(\S+)/.exec(stdout)?.[1] ?? ''}`.trim() : undefined
  return { name: 'redis', version, missing: version === undefined ? 'no redis-server to start' : undefined }
}

function runTests(): number {
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js')
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
  return spawnSync(process.execPath, [...flags, jest, 'test/adapters', ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' }).status ?? 1
}

const engines = await meetEngines()
const status = process.argv.includes('--list') ? 0 : runTests()
for (const { name, version, missing } of engines) {
  const found = version === undefined ? `${isRequired(name) ? 'required, but not there' : 'skipped'} (${missing})` : version
  process.stdout.write(`engine ${name}: ${found}\n`)
}
process.exitCode = engines.some(({ name, version }) => version === undefined && isRequired(name)) ? 1 : status
