import { createHaproxyMaps } from '../../../src/gateway/copies/haproxy-maps.js'
import { entry, START, times } from './entries.js'

const HEX = (text: string): string => Buffer.from(text).toString('hex').toUpperCase()
const LIMIT = 16_384

/** What the runtime socket of HAProxy does to maps. */
function createModel() {
  let maps: Record<string, [string, string][]>
  let prepared: Record<string, [string, string][]>
  const start = (): void => {
    maps = {}
    prepared = {}
  }
  start()
  const of = (path = ''): [string, string][] => (maps[path] ??= [])

  function run(command: string): string {
    const [verb = '', , ...words] = command.split(' ')
    if (verb === 'prepare') {
      prepared[words[0] ?? ''] = []
      return 'New version created: 3\n\n'
    }
    if (verb === 'commit' && words[0] === '@3') maps[words[1] ?? ''] = prepared[words[1] ?? ''] ?? []
    const [path = '', key = '', value = ''] = words
    if (verb === 'add') of(path).push([key, value])
    const same = of(path).filter(([one]) => one === key)
    if ((verb === 'set' || verb === 'del') && same.length === 0) return 'entry not found.\n\n'
    if (verb === 'set') for (const pair of same) pair[1] = value
    if (verb === 'del') maps[path] = of(path).filter(([one]) => one !== key)
    return '\n'
  }

  return {
    start,
    commands: [] as string[],
    ask(line: string): Promise<string> {
      if (line.length > LIMIT) throw new Error('too long for the buffer')
      this.commands.push(line)
      const [head = '', ...payload] = line.split('\n')
      const [, path] = /^add map @3 (\S+) <<$/.exec(head) ?? []
      if (path === undefined) return Promise.resolve(line.split(';').map(run).join(''))
      prepared[path]?.push(...payload.filter((one) => one !== '').map((one) => one.split(' ') as [string, string]))
      return Promise.resolve('\n')
    },
    map: (name: string): Readonly<Record<string, string>> => Object.fromEntries(of(`/m/${name}.map`)),
    size: (name: string): number => of(`/m/${name}.map`).length,
  }
}

let model: ReturnType<typeof createModel>
let maps: ReturnType<typeof createHaproxyMaps>
beforeEach(() => {
  model = createModel()
  maps = createHaproxyMaps((line) => model.ask(line), '/m')
})

const nothing = { added: [], replaced: [], gone: [], times: times(START + 61) }

it('puts each kind into its map, and the state last', async () => {
  await maps.replace(
    [entry(1, 'token', 'a; b'), entry(2, 'client', 'c', START), entry(3, 'subject', 'u'), entry(4, 'all', '', START)],
    times(START + 60, -3),
  )
  expect(['token', 'client', 'subject', 'all', 'grant', 'key'].map(model.map)).toEqual([
    { [HEX('a; b')]: '9999999999' },
    { [HEX('c')]: String(START) },
    { [HEX('u')]: '9999999999' },
    { all: String(START) },
    {},
    {},
  ])
  expect(model.map('state')).toEqual({ good_until: String(START + 60), server_ahead: '-3' })
  expect(model.commands.at(-1)).toMatch(/ good_until \d+$/)
})

it('adds, replaces and takes away, and has each key once', async () => {
  await maps.replace([entry(1, 'client', 'c', START), entry(2, 'token', 'old')], times(START + 60))
  const change = { added: [entry(3, 'token', 'new')], replaced: [entry(4, 'client', 'c', START + 9)], gone: [entry(2, 'token', 'old')] }
  expect(await maps.update({ ...nothing, ...change })).toBe('done')
  expect([model.map('token'), model.map('client'), model.size('client')]).toEqual([
    { [HEX('new')]: '9999999999' },
    { [HEX('c')]: String(START + 9) },
    1,
  ])
  expect(model.map('state').good_until).toBe(String(START + 61))
})

it('makes no HAProxy believe that was started again before it has everything', async () => {
  await maps.replace([entry(1, 'token', 'a')], times(START + 60))
  model.start()
  expect(await maps.update({ ...nothing, added: [entry(2, 'token', 'b')] })).toBe('replace')
  expect(model.map('state')).toEqual({})
  await maps.replace([entry(1, 'token', 'a'), entry(2, 'token', 'b')], times(START + 61))
  expect([Object.keys(model.map('token')), model.map('state').good_until]).toEqual([[HEX('a'), HEX('b')], String(START + 61)])
})

it('divides what is too long for one command', async () => {
  const many = Array.from({ length: 2000 }, (_, index) => entry(index + 1, 'token', `token-${index}`))
  await maps.replace(many, times(START + 60))
  expect(model.size('token')).toBe(2000)
  await maps.update({ ...nothing, gone: many.slice(0, 1999) })
  expect(model.size('token')).toBe(1)
})

it('takes every answer but none for a failure', async () => {
  const refusing = createHaproxyMaps((line) => Promise.resolve(line.startsWith('prepare') ? 'Unknown map identifier.\n' : '\n'), '/m')
  await expect(refusing.replace([], times(START))).rejects.toThrow('haproxy says: Unknown map identifier.')
})
