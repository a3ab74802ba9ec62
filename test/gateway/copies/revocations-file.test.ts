import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RevocationCopy } from '../../../src/gateway/copies/revocation-copy.js'
import { createRevocationsFile } from '../../../src/gateway/copies/revocations-file.js'
import { entry, START, times } from './entries.js'

let folder: string
let path: string
let copy: RevocationCopy
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jeton-copy-'))
  path = join(folder, 'revocations')
  copy = createRevocationsFile(path)
})
afterEach(async () => {
  await copy.close()
  rmSync(folder, { recursive: true })
})

const lines = (): readonly string[] => readFileSync(path, 'utf8').split('\n')
const change = (added: readonly ReturnType<typeof entry>[]) => ({ added, replaced: [], gone: [], times: times(START + 61, -2) })

it('has every entry on a line, with its id in visible ASCII, and confirms what stands above', async () => {
  await copy.replace([entry(1, 'token', 'a-1'), entry(2, 'client', 'my %\né', START), entry(3, 'all', '', START)], times(START + 60))
  expect(lines()).toEqual([
    'jeton-revocations 1',
    'token - a-1',
    `client ${START} my%20%25%0A%C3%A9`,
    `all ${START} `,
    `confirmed ${START + 60} 0`,
    '',
  ])
})

it('adds what comes, and then its confirmation', async () => {
  await copy.replace([], times(START + 60))
  expect(await copy.update({ ...change([entry(1, 'grant', 'g')]), replaced: [entry(2, 'subject', 'u', START)] })).toBe('done')
  expect(lines().slice(2)).toEqual(['grant - g', `subject ${START} u`, `confirmed ${START + 61} -2`, ''])
})

it('tells who reads the former file that another has taken its place, also that of a process before', async () => {
  await copy.replace([entry(1, 'token', 'a')], times(START))
  const reader = openSync(path, 'r')
  const later = createRevocationsFile(path)
  await later.replace([entry(2, 'token', 'b')], times(START))
  expect(readFileSync(reader, 'utf8')).toContain('token - a\n')
  closeSync(reader)
  expect(lines()).toContain('token - b')
  expect(lines()).not.toContain('moved')
  const former = openSync(path, 'r')
  await later.replace([], times(START))
  expect(readFileSync(former, 'utf8')).toMatch(/\nmoved\n$/)
  closeSync(former)
  await later.close()
})

it('asks for everything before the first, and when it has grown too much', async () => {
  expect(await copy.update(change([]))).toBe('replace')
  await copy.replace([], times(START))
  const many = Array.from({ length: 25_000 }, (_, index) => entry(index + 1, 'token', `3312c643-0572-40fd-9e88-cefb7e0d1edc-${index}`))
  expect([await copy.update(change(many)), await copy.update(change([]))]).toEqual(['done', 'replace'])
})

it('says when it cannot be written, and leaves what was there', async () => {
  await copy.replace([entry(1, 'token', 'a')], times(START))
  rmSync(folder, { recursive: true })
  await expect(copy.replace([], times(START))).rejects.toThrow('ENOENT')
  expect(existsSync(path)).toBe(false)
  mkdirSync(folder)
  await copy.replace([entry(2, 'token', 'b')], times(START))
  expect(lines()).toContain('token - b')
})
