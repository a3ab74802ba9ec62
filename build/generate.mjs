import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PROVIDERS } from './providers.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const mainFile = (provider) => `generator client {
  provider               = "prisma-client"
  output                 = "../../../src/adapters/prisma/generated/${provider}"
  moduleFormat           = "esm"
  importFileExtension    = "js"
  generatedFileExtension = "ts"
  runtime                = "nodejs"
  compilerBuild          = "small"
}

datasource db {
  provider = "${provider}"
}
`

/** The shared models with the names of one engine, beside that engine's own main file. */
export function writeSchema({ provider, nameAs }) {
  const folder = join(root, 'prisma/.build', provider)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'main.prisma'), mainFile(provider))
  const models = join(root, 'prisma/models')
  for (const name of readdirSync(models).filter((file) => file.endsWith('.prisma'))) {
    const text = readFileSync(join(models, name), 'utf8')
    writeFileSync(
      join(folder, name),
      text.replace(/(@@?map\("|\bmap: ")([^"]+)/g, (_, before, mapped) => before + nameAs(mapped)),
    )
  }
}

function generate({ provider }) {
  rmSync(join(root, 'src/adapters/prisma/generated', provider), { recursive: true, force: true })
  const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js')
  const child = spawn(process.execPath, [prisma, 'generate', '--no-hints'], {
    cwd: root,
    env: { ...process.env, JETON_PRISMA_PROVIDER: provider, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  return new Promise((done, failed) => {
    child.on('error', failed)
    child.on('exit', (code) =>
      code === 0 ? done() : failed(new Error(`prisma generate for ${provider} failed:\n${Buffer.concat(output).toString()}`)),
    )
  })
}

for (const row of PROVIDERS) writeSchema(row)
await Promise.all(PROVIDERS.map(generate))
