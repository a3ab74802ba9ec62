import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { tokenId } from '../../../src/model/ids.js'
import { temporaryDatabases } from './temporary-database.js'

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), 'appending-process.ts')
const ROOT = join(dirname(PROGRAM), '../../..')

interface Writer {
  readonly said: string[]
  hasSaid(word: string): Promise<void>
  readonly ended: Promise<unknown>
}

const databases = temporaryDatabases()
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await databases.closeAll()
})

function startWriter(file: string, name: string, mode: 'pause' | 'run'): Writer {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, file, name, mode], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const said: string[] = []
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => said.push(line))
  return {
    said,
    hasSaid: async (word) => {
      while (!said.some((line) => line.startsWith(word))) await once(lines, 'line')
    },
    ended: once(child, 'exit'),
  }
}

describe('Two writers of the revocation log', () => {
  it('never let a reader see a later entry before an earlier one, however long the earlier one takes to commit', async () => {
    const file = databases.newFile()
    const reader = await databases.open({ file })
    await reader.revocations.append(
      Array.from({ length: 6 }, (_, index) => ({ kind: 'token', id: tokenId(`t${index}`), expiresAt: undefined }) as const),
    )
    const slow = startWriter(file, 'slow', 'pause')
    await slow.hasSaid('paused')
    const quick = startWriter(file, 'quick', 'run')
    await quick.hasSaid('begins')
    for (let look = 0; look < 30; look++) {
      expect(await reader.revocations.since(6, 10)).toEqual([])
      expect((await reader.heads.read()).seq).toBe(6)
      await wait(10)
    }
    writeFileSync(`${file}.go`, '')
    await Promise.all([slow.ended, quick.ended])
    expect([slow.said.at(-1), quick.said.at(-1)]).toEqual(['appended 7', 'appended 8'])
    expect((await reader.revocations.since(6, 10)).map(({ seq, id }) => [seq, id])).toEqual([
      [7, 'slow'],
      [8, 'quick'],
    ])
  }, 30_000)

  it('never take the place of one that is lost before its commit', async () => {
    const file = databases.newFile()
    const reader = await databases.open({ file })
    const lost = startWriter(file, 'lost', 'pause')
    await lost.hasSaid('paused')
    children[0]?.kill('SIGKILL')
    await lost.ended
    const next = startWriter(file, 'next', 'run')
    await next.ended
    expect(next.said.at(-1)).toBe('appended 1')
    expect((await reader.revocations.since(0, 10)).map(({ seq, id }) => [seq, id])).toEqual([[1, 'next']])
  }, 30_000)
})
