import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../../src/main/demo/command-process.js'
import { startJetonServer } from '../../../src/main/demo/jeton-server.js'

/** Stands for the built command: ready at the second look, and takes the port from the file it is given. */
const READY_SERVER = `
const { readFileSync } = require('node:fs')
const port = Number(/port = (\\d+)/.exec(readFileSync(process.argv[4], 'utf8'))[1])
let looks = 0
require('node:http').createServer((request, response) => response.writeHead(++looks > 1 ? 200 : 503).end()).listen(port, '127.0.0.1')
console.log(process.argv.slice(2, 4).join(' '))
`

describe('a server process', () => {
  let folder: string
  const command = (program: string): string => {
    const file = join(folder, 'stand-in.cjs')
    writeFileSync(file, program)
    return file
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jeton-server-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is handed over when it is ready, on a free port that its configuration names', async () => {
    const server = await startJetonServer({ command: command(READY_SERVER), folder, toml: '[log]\nlevel = "error"\n' })
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect(server.stdout()).toBe('serve --config\n')
    expect(readFileSync(server.config, 'utf8')).toContain('[log]\nlevel = "error"')
    await server.stop()
    await expect(fetch(`${server.url}/readyz`)).rejects.toThrow('fetch failed')
  })

  it('is reported with all it has printed when it ends instead', async () => {
    const failing = startJetonServer({ command: command('console.error("no such key"); process.exit(1)'), folder })
    await expect(failing).rejects.toThrow(/ended with 1[\s\S]*no such key/)
  })

  it('gets another port when its own was taken meanwhile', async () => {
    const once = `const { existsSync, writeFileSync } = require('node:fs')
      if (!existsSync('tried')) { writeFileSync('tried', ''); console.error('EADDRINUSE'); process.exit(1) }`
    const server = await startJetonServer({ command: command(`${once}\n${READY_SERVER}`), folder })
    await server.stop()
    expect(server.stderr()).toBe('')
  })
})

describe('a command', () => {
  it('reads its input and is told apart by its exit code', async () => {
    const program = 'process.stdin.pipe(process.stdout); process.exitCode = 3'
    expect(await runCommand(['-e', program], { cwd: tmpdir(), stdin: 'a token' })).toEqual({ code: 3, stdout: 'a token', stderr: '' })
  })
})
