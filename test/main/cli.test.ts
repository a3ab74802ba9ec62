import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandRefused, Overloaded, StoreUnavailable } from '../../src/errors/operational-errors.js'
import { type CliEnvironment, runCli, runOnServer } from '../../src/main/cli.js'
import { DATABASE_COMMANDS, LOCAL_COMMANDS } from '../../src/main/command-table.js'
import { type ControlServer, startControlServer } from '../../src/main/control/control-server.js'
import { createMemoryOperations, createRecorder, runOn } from './memory-operations.js'

async function createFixture(changed: Partial<CliEnvironment> = {}) {
  const { operations } = await createMemoryOperations()
  const calls: string[] = []
  const environment: CliEnvironment = {
    version: '0.1.0',
    testGateway: async ({ target }) => {
      calls.push(`test gateway ${target.href}`)
      return undefined
    },
    serveGateway: async (file) => {
      calls.push(`serve gateway ${file}`)
      return 0
    },
    serve: async (file) => {
      calls.push(`serve ${file}`)
      return 0
    },
    checkConfiguration: async (file) => {
      calls.push(`check ${file}`)
      return []
    },
    findControlPath: async (file) => {
      calls.push(`path ${file}`)
      return undefined
    },
    openDatabase: async (file) => {
      calls.push(`open ${file}`)
      return { operations, close: async () => void calls.push('close') }
    },
    openPurging: async (file) => {
      calls.push(`open for a purge ${file}`)
      return { operations, close: async () => void calls.push('close') }
    },
    patienceMs: 0,
    ...changed,
  }
  const run = async (argv: readonly string[], stdin: () => Promise<string> = async () => '') => {
    const { recorded, output } = createRecorder()
    const code = await runCli(argv, { stdin, output, signal: new AbortController().signal }, environment)
    return { code, ...recorded }
  }
  return { run, calls, operations }
}

describe('the command line', () => {
  it('shows every command with its help, and the help of each', async () => {
    const { run, calls } = await createFixture()
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    for (const name of Object.keys({ ...LOCAL_COMMANDS, ...DATABASE_COMMANDS })) {
      expect(stdout).toContain(`  ${name} `)
      const help = await run([...name.split(' '), '--help'])
      expect(help).toMatchObject({ code: 0, stderr: '' })
      expect(help.stdout).toMatch(new RegExp(`^Usage: jeton ${name} `))
      expect(help.stdout).toContain('--config FILE')
    }
    expect(calls).toEqual([])
  })

  it('shows the help of a group, and of a command that lacks its arguments', async () => {
    const { run } = await createFixture()
    const group = await run(['apps', '-h'])
    expect(group.stdout).toContain('apps create')
    expect(group.stdout).not.toContain('users create')
    expect((await run(['--help', 'apps', 'show'])).stdout).toContain('CLIENT_ID')
    expect(JSON.parse((await run(['apps', '--help', '--json'])).stdout)).toEqual({ help: group.stdout.trimEnd() })
  })

  it('has the doctor name a wrong configuration as what it found, and every other command fail by it', async () => {
    const message = 'the configuration is wrong\ndeployment.toml:2: oauth.token_binding.enable: token binding'
    const { run } = await createFixture({ findControlPath: () => Promise.reject(new CommandRefused('wrong_configuration', message)) })
    const diagnosed = await run(['doctor', '--json'])
    expect([diagnosed.code, JSON.parse(diagnosed.stdout)]).toEqual([
      1,
      { ok: false, checks: [{ name: 'configuration', ok: false, message, remedy: expect.any(String) }] },
    ])
    expect(JSON.parse((await run(['status', '--json'])).stdout)).toEqual({ error: { code: 'wrong_configuration', message } })
  })

  it('has the doctor fail by what is no obstacle of its own', async () => {
    const { run } = await createFixture({ openDatabase: () => Promise.reject(new CommandRefused('migration_failed', 'half applied')) })
    expect(JSON.parse((await run(['doctor', '--json'])).stdout)).toEqual({ error: { code: 'migration_failed', message: 'half applied' } })
  })

  it('shows its version', async () => {
    const { run } = await createFixture()
    expect(await run(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' })
    expect((await run(['--version', '--json'])).stdout).toBe('{"version":"0.1.0"}\n')
  })

  it.each([
    ['no command', [], 'a command is missing'],
    ['half a command', ['apps'], 'not the whole command'],
    ['an unknown command', ['frobnicate'], 'unknown command frobnicate'],
    ['a misspelled command', ['apps', 'craete'], 'did you mean apps create?'],
    ['an unknown option', ['status', '--frobnicate'], 'unknown option --frobnicate'],
    ['a misspelled option', ['apps', 'create', '--nmae', 'x'], 'did you mean --name?'],
    ['an option without its value', ['apps', 'create', '--name'], 'lacks its value'],
    ['an option in place of a value', ['apps', 'create', '--name', '--public'], 'lacks its value'],
    ['a switch with a value', ['purge', 'tokens', '--dry-run=yes'], 'does not take'],
    ['an option before the command', ['--name', 'x', 'apps', 'create'], 'the command comes before its options'],
    ['an argument too many', ['status', 'now'], 'more arguments'],
    ['an argument too few', ['revoke', 'grant'], 'GRANT_ID is missing'],
    ['a name of every object', ['constructor'], 'unknown command'],
  ])('ends with 2 and a pointer to help for %s', async (_, argv, message) => {
    const { run, calls } = await createFixture()
    const { code, stdout, stderr } = await run(argv)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/See "jeton.* --help"\.\n$/)
    expect(calls).toEqual([])
    const json = await run(['--json', ...argv])
    expect(json.code).toBe(2)
    expect(JSON.parse(json.stdout)).toEqual({ error: { code: 'usage', message: expect.any(String) } })
  })

  it('does not repeat what could be a secret', async () => {
    const { run } = await createFixture()
    for (const argv of [
      ['jat_SECRET'],
      ['apps', 'show', 'x', 'SECRET'],
      ['status', '--SECRET'],
      ['users', 'create', '--json=SECRET'],
      ['apps', 'SECRET'],
    ]) {
      const { code, stdout, stderr } = await run(argv)
      expect(code).toBe(2)
      expect(stdout + stderr).not.toContain('SECRET')
    }
  })

  it('takes the options of every command anywhere, of --config the last', async () => {
    const { run, calls } = await createFixture()
    const { stdout } = await run(['--config', 'a.toml', '--json', 'apps', '--config=b.toml', 'list', '--config', 'c.toml'])
    expect(JSON.parse(stdout)).toEqual({ items: [] })
    expect(calls).toEqual(['path c.toml', 'open c.toml', 'close'])
  })

  it('serves, with the configuration that is named', async () => {
    const { run, calls } = await createFixture()
    await run(['serve', '--config', 'a.toml'])
    await run(['serve'])
    await run(['gateway', 'serve', '--config', 'b.toml'])
    expect(calls).toEqual(['serve a.toml', 'serve undefined', 'serve gateway b.toml'])
  })

  it('reads standard input only for a command that needs it', async () => {
    const { run } = await createFixture()
    const never = () => Promise.reject(new Error('was read'))
    expect(await run(['users', 'create', '--name', 'alice'], never)).toMatchObject({ code: 0 })
    expect(await run(['revoke', 'token', 'jti-1'], never)).toMatchObject({ code: 0 })
    expect(await run(['revoke', 'token', '-'], never)).toMatchObject({ code: 1 })
  })
})

describe('jeton config check', () => {
  const problems = [
    { file: 'a.toml', line: 3, key: 'oauth.isuer', message: 'is not known', didYouMean: 'oauth.issuer' },
    { file: 'a.toml', line: 9, key: 'server.port', message: 'is no port' },
  ]

  it('ends with 0 for a good file, and needs no database', async () => {
    const { run, calls } = await createFixture()
    expect(JSON.parse((await run(['config', 'check', 'a.toml', '--json'])).stdout)).toEqual({ ok: true, problems: [] })
    expect(await run(['config', 'check', '--config', 'b.toml'])).toEqual({ code: 0, stdout: 'the configuration is good\n', stderr: '' })
    expect(calls).toEqual(['check a.toml', 'check b.toml'])
  })

  it('names every problem on standard error', async () => {
    const { run } = await createFixture({ checkConfiguration: async () => problems })
    expect(await run(['config', 'check'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'a.toml:3: oauth.isuer: is not known (did you mean "oauth.issuer"?)\na.toml:9: server.port: is no port\n',
    })
  })

  it('names every problem in its JSON', async () => {
    const { run } = await createFixture({ checkConfiguration: async () => problems })
    const { code, stdout, stderr } = await run(['config', 'check', '--json'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      problems: [
        { file: 'a.toml', line: 3, key: 'oauth.isuer', message: 'is not known', did_you_mean: 'oauth.issuer' },
        { file: 'a.toml', line: 9, key: 'server.port', message: 'is no port' },
      ],
    })
  })
})

describe('a command that fails', () => {
  it.each([
    ['1 for a refusal', new CommandRefused('invalid_configuration', 'the configuration is wrong'), 1, 'invalid_configuration'],
    ['3 for a store that is away', new StoreUnavailable('database'), 3, 'store_unavailable'],
    ['3 for a full queue', new Overloaded('revocations'), 3, 'overloaded'],
    ['1 for anything else', new Error('unexpected'), 1, 'failed'],
  ])('ends with %s', async (_, error, code, name) => {
    const { run } = await createFixture({
      openDatabase: async () => {
        throw error
      },
    })
    const json = await run(['status', '--json'])
    expect(json).toMatchObject({ code, stderr: '' })
    expect(JSON.parse(json.stdout)).toEqual({ error: { code: name, message: expect.any(String) } })
    expect(await run(['status'])).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(/^jeton: /) })
  })

  it('closes the database all the same', async () => {
    const { run, calls } = await createFixture()
    expect(await run(['apps', 'show', 'nobody'])).toMatchObject({ code: 1 })
    expect(calls).toEqual(['path undefined', 'open undefined', 'close'])
  })
})

describe('a command while others use the database', () => {
  let folder = ''
  let server: ControlServer | undefined
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jeton-cli-'))
  })
  afterEach(async () => {
    await server?.close()
    server = undefined
    rmSync(folder, { recursive: true, force: true })
  })

  it('is done by the server that runs, with its exit code, output and input', async () => {
    const path = join(folder, 'jeton.db.sock')
    const { operations } = await createMemoryOperations()
    server = await startControlServer(path, (argv, terminal) => runOnServer(argv, terminal, operations))
    const { run, calls } = await createFixture({ findControlPath: async () => path })
    expect(await run(['users', 'create', '--name', 'alice', '--password-stdin'], async () => 'pass word\n')).toMatchObject({ code: 0, stderr: '' })
    expect((await operations.users.list()).map((user) => user.name)).toEqual(['alice'])
    expect(await run(['users', 'delete', 'nobody'])).toEqual({ code: 1, stdout: '', stderr: 'jeton: there is no such user\n' })
    expect(await run(['users', 'create', '--name', ''])).toMatchObject({ code: 2 })
    expect(calls).toEqual([])
  })

  it('waits for a server that is starting', async () => {
    const path = join(folder, 'jeton.db.sock')
    const { operations } = await createMemoryOperations()
    const { run } = await createFixture({
      patienceMs: 5000,
      findControlPath: async () => path,
      openDatabase: async () => {
        server ??= await startControlServer(path, (argv, terminal) => runOnServer(argv, terminal, operations))
        return { heldBy: 'a server' }
      },
    })
    expect(await run(['apps', 'create', '--name', 'Shop'])).toMatchObject({ code: 0 })
    expect(await operations.clients.list()).toHaveLength(1)
  })

  it('waits for another command, and takes its turn', async () => {
    const { operations } = await createMemoryOperations()
    let attempts = 0
    const { run } = await createFixture({
      patienceMs: 5000,
      openDatabase: async () => {
        attempts += 1
        return attempts < 3 ? { heldBy: 'a command' } : { operations, close: async () => undefined }
      },
    })
    expect(await run(['status'])).toMatchObject({ code: 0 })
  })

  it('ends with 3 when that takes too long, and says who', async () => {
    const { run } = await createFixture({ openDatabase: async () => ({ heldBy: 'process 4711' }) })
    expect(await run(['status'])).toEqual({ code: 3, stdout: '', stderr: expect.stringContaining('process 4711') })
  })
})

describe('a server', () => {
  it.each([[['serve']], [['config', 'check', '/etc/passwd']], [['--help']], [['--version']]])('does not do %j for others', async (argv) => {
    const { operations } = await createMemoryOperations()
    expect(await runOn(operations, argv)).toMatchObject({ code: 2, stdout: '' })
  })
})
