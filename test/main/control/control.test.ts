import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreUnavailable } from '../../../src/errors/operational-errors.js'
import { UsageError } from '../../../src/main/commands/command.js'
import { runThroughControl } from '../../../src/main/control/control-client.js'
import { type ControlServer, startControlServer } from '../../../src/main/control/control-server.js'
import type { RunCommand } from '../../../src/main/control/control-session.js'
import { createRecorder } from '../memory-operations.js'

const QUICK = { requestWithinMs: 200, aliveEveryMs: 20, lingerMs: 200, closeWithinMs: 200 }

function signalled() {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve: () => resolve() }
}

describe('the control socket', () => {
  let folder = ''
  let path = ''
  const servers: ControlServer[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jeton-control-'))
    path = join(folder, 'jeton.db.sock')
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function start(run: RunCommand): Promise<ControlServer> {
    const server = await startControlServer(path, run, QUICK)
    servers.push(server)
    return server
  }

  async function ask(argv: readonly string[], stdin?: string, isTerminal = false) {
    const { recorded, output } = createRecorder(isTerminal)
    const code = await runThroughControl(path, { argv, stdin }, { output, signal: new AbortController().signal })
    return { code, ...recorded }
  }

  /** Sends raw bytes and gives back everything that is answered. */
  async function send(bytes: string | Buffer): Promise<string> {
    const socket = connect(path)
    let answer = ''
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text
    })
    socket.on('error', () => socket.destroy())
    socket.write(bytes)
    await once(socket, 'close')
    return answer
  }

  it('carries arguments and standard input there, output and exit code back', async () => {
    await start(async (argv, { stdin, output }) => {
      output.stdout(`${argv.join('|')} ${await stdin()}`)
      output.stderr(`terminal ${output.isTerminal}`)
      return 3
    })
    expect(await ask(['a b', '', '--ü'], 'line 1\nline 2', true)).toEqual({ code: 3, stdout: 'a b||--ü line 1\nline 2', stderr: 'terminal true' })
    expect(await ask([])).toEqual({ code: 3, stdout: ' ', stderr: 'terminal false' })
  })

  it('carries output of many megabytes whole, also characters at the seams', async () => {
    const big = `x${'😀'.repeat(2_000_000)}`
    await start(async (_, { output }) => {
      output.stdout(big)
      return 0
    })
    const { code, stdout } = await ask(['big'])
    expect(code).toBe(0)
    expect(stdout === big).toBe(true)
  })

  it('can be opened by its owner only', async () => {
    const before = process.umask()
    await start(async () => 0)
    expect(lstatSync(path).mode & 0o777).toBe(0o600)
    expect(process.umask()).toBe(before)
  })

  it('serves several clients at once', async () => {
    let waiting = 0
    const all = signalled()
    await start(async ([name = ''], { output }) => {
      waiting += 1
      if (waiting === 5) all.resolve()
      await all.promise
      output.stdout(name)
      return 0
    })
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => ask([name])))
    expect(answers.map((answer) => answer.stdout)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('is undefined to a client when nobody listens: no file, or one that a killed server left', async () => {
    expect((await ask(['x'])).code).toBeUndefined()
    const killed = spawn(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ])
    await once(killed, 'exit')
    expect(existsSync(path)).toBe(true)
    expect((await ask(['x'])).code).toBeUndefined()
    await start(async () => 0)
    expect((await ask(['x'])).code).toBe(0)
  })

  it('is not taken from a server that answers, nor from another kind of file', async () => {
    await start(async () => 0)
    await expect(startControlServer(path, async () => 1, QUICK)).rejects.toThrow('another server')
    expect((await ask(['x'])).code).toBe(0)
    writeFileSync(join(folder, 'file'), 'precious')
    await expect(startControlServer(join(folder, 'file'), async () => 1, QUICK)).rejects.toThrow('in the way')
    expect(existsSync(join(folder, 'file'))).toBe(true)
  })

  it('is gone after close, which waits for the command that runs', async () => {
    const [begun, mayEnd] = [signalled(), signalled()]
    const server = await start(async () => {
      begun.resolve()
      await mayEnd.promise
      return 0
    })
    const asked = ask(['slow'])
    await begun.promise
    const closed = server.close()
    mayEnd.resolve()
    expect((await asked).code).toBe(0)
    await closed
    expect(existsSync(path)).toBe(false)
  })

  it('is gone after close, which does not wait for ever', async () => {
    const begun = signalled()
    const server = await start(() => {
      begun.resolve()
      return new Promise(() => undefined)
    })
    const asked = ask(['endless'])
    asked.catch(() => undefined)
    await begun.promise
    await server.close()
    await expect(asked).rejects.toBeInstanceOf(StoreUnavailable)
    expect(existsSync(path)).toBe(false)
  })

  it('tells the command when its client is killed, and goes on serving', async () => {
    const aborted = signalled()
    await start(async ([name], { signal, output }) => {
      if (name !== 'wait') return 0
      signal.addEventListener('abort', aborted.resolve)
      output.stdout('begun')
      await aborted.promise
      output.stdout('nobody hears this')
      return 0
    })
    const client = `const s = require('node:net').connect(${JSON.stringify(path)}, () => s.write('{"argv":["wait"]}\\n')); s.on('data', (d) => String(d).includes('begun') && process.kill(process.pid, 'SIGKILL'))`
    const killed = spawn(process.execPath, ['-e', client])
    await once(killed, 'exit')
    await aborted.promise
    expect((await ask(['x'])).code).toBe(0)
  })

  it('keeps a client waiting as long as the server says that it is alive', async () => {
    await start(async (_, { output }) => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      output.stdout('late')
      return 0
    })
    expect(await ask(['slow'])).toMatchObject({ code: 0, stdout: 'late' })
    expect((await send('{"argv":["slow"]}\n')).split('\n').filter((line) => line === '{"alive":true}').length).toBeGreaterThan(1)
  })

  it.each([
    ['no JSON', 'hello\n'],
    ['no command', '{"argv":"serve"}\n'],
    ['an argument that is no text', '{"argv":[1]}\n'],
    ['input that is no text', '{"argv":[],"stdin":{}}\n'],
    ['null', 'null\n'],
    ['a frame of more than 1 MiB', Buffer.alloc(1024 * 1024 + 1, 'a')],
  ])('answers %s with a failure, and runs nothing', async (_, bytes) => {
    let runs = 0
    await start(async () => {
      runs += 1
      return 0
    })
    const answer = await send(bytes)
    if (answer !== '') expect(JSON.parse(answer.trim().split('\n').at(-1) ?? '')).toEqual({ exit: 1 })
    expect(runs).toBe(0)
    expect((await ask(['x'])).code).toBe(0)
  })

  it('leaves a client that sends nothing', async () => {
    await start(async () => 0)
    expect(await send('{"argv":')).toBe('')
  })

  it('runs one command for a connection', async () => {
    let runs = 0
    await start(async () => {
      runs += 1
      return 0
    })
    await send('{"argv":[]}\n{"argv":[]}\n')
    expect(runs).toBe(1)
  })

  it('reports a command that throws as failed', async () => {
    await start(async () => {
      throw new Error('secret detail')
    })
    const { code, stderr } = await ask(['x'])
    expect(code).toBe(1)
    expect(stderr).not.toContain('secret detail')
  })

  it('refuses a command that does not fit, before it asks', async () => {
    await start(async () => 0)
    await expect(ask(['x'], 'a'.repeat(1024 * 1024))).rejects.toBeInstanceOf(UsageError)
  })

  it('is lost to a client whose server goes away after it has begun', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.write('{"alive":true}\n')
      socket.once('data', () => socket.destroy())
    })
    server.listen(path)
    await once(server, 'listening')
    await expect(ask(['x'])).rejects.toBeInstanceOf(StoreUnavailable)
    server.close()
  })

  it('has done nothing when its server goes away before it has begun', async () => {
    const server = createServer((socket) => socket.destroy())
    server.listen(path)
    await once(server, 'listening')
    expect((await ask(['x'])).code).toBeUndefined()
    server.close()
  })

  it('is left when the caller gives up', async () => {
    await start(() => new Promise(() => undefined))
    const stop = new AbortController()
    const { output } = createRecorder()
    const asked = runThroughControl(path, { argv: ['x'], stdin: undefined }, { output, signal: stop.signal })
    setTimeout(() => stop.abort(), 20)
    await expect(asked).rejects.toBeInstanceOf(StoreUnavailable)
  })
})
