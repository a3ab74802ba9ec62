import { fork, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAMS = ['servers/proof-gateway.mjs', 'load/seeded.mjs']
const INSTALL = ['install', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']

function npm(args, cwd) {
  const { status, stderr } = spawnSync('npm', [...args, '--silent'], { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
  return status === 0 ? undefined : `npm ${args[0]} ended with ${status}: ${stderr}`
}

/**
 * Packs the built project and installs the package in a folder elsewhere. `dependencies`: `installed` from the registry, or, with `link` or where that
 * cannot be reached, `linked` from this project.
 */
export function installPackage({ link }) {
  // Whoever is started there is told the real path of its modules.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jeton-installed-')))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const problem = npm(['pack', '--ignore-scripts', '--pack-destination', folder], ROOT)
    if (problem !== undefined) throw new Error(problem)
    const archive = join(
      folder,
      readdirSync(folder).find((file) => file.endsWith('.tgz')),
    )
    const isInstalled = !link && npm([...INSTALL, archive], folder) === undefined
    if (!isInstalled) linkDependencies(folder, archive)
    for (const program of PROGRAMS) copyFileSync(join(ROOT, 'bench', program), join(folder, program.split('/')[1]))
    return { folder, dependencies: isInstalled ? 'installed' : 'linked', remove }
  } catch (error) {
    remove()
    throw error
  }
}

/** The package itself is unpacked all the same; only what it depends on is this project's. */
function linkDependencies(folder, archive) {
  const { status, stderr } = spawnSync('tar', ['-xzf', archive, '-C', folder], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`tar ended with ${status}: ${stderr}`)
  const modules = join(folder, 'node_modules')
  rmSync(modules, { recursive: true, force: true })
  mkdirSync(modules)
  renameSync(join(folder, 'package'), join(modules, 'jeton'))
  symlinkSync(join(ROOT, 'node_modules'), join(modules, 'jeton', 'node_modules'), 'junction')
}

/** One gateway of the installed package. */
export async function startPackedGateway({ folder, settings }) {
  const child = fork(join(folder, 'proof-gateway.mjs'), [JSON.stringify(settings)], { cwd: folder, env: { ...process.env, NODE_OPTIONS: '' } })
  const waiting = new Map()
  child.on('message', ({ number, answer }) => waiting.get(number)?.resolve(answer))
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`a gateway ended with ${code}`))
  })
  const answerTo = (number) => new Promise((resolve, reject) => waiting.set(number, { resolve, reject })).finally(() => waiting.delete(number))
  let asked = 0
  const entry = fileURLToPath(await answerTo(0))
  if (!entry.startsWith(folder)) throw new Error(`the gateway is ${entry}, which is not of the package`)
  return {
    pid: child.pid,
    ask(what, about = {}) {
      child.send({ ...about, number: ++asked, what })
      return answerTo(asked)
    },
    stop: () => child.kill(),
  }
}
