import fc from 'fast-check'
import { NEVER, REVOCATION_KINDS, type RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds } from '../../src/model/time.js'
import { formatEntry, parseEntry } from '../../src/verification/feed-entry.js'
import {
  formatChanges,
  formatHeartbeat,
  formatHeartbeatEvent,
  formatRevocationEvent,
  parseChanges,
  parseHeartbeat,
  parseRevocationEvent,
} from '../../src/verification/feed-message.js'
import { formatPosition, isAfter, parsePosition } from '../../src/verification/feed-position.js'
import { MalformedFeedMessage } from '../../src/verification/malformed-feed-message.js'
import { parseSnapshot, parseSnapshotLines } from '../../src/verification/snapshot-message.js'
import { formatSnapshot } from './format-snapshot.js'

const entry: RevocationEntry = { seq: 17, kind: 'client', id: 'shop', cutoff: epochSeconds(1763690000), expires: epochSeconds(1763693600) }
const head = { epoch: '1763680000000', seq: 17, confirmedAtMs: 1763690000123, timeMs: 1763690000456 }
const snapshot = { epoch: head.epoch, seq: 20, generatedAt: epochSeconds(1763690001), entries: [entry] }

async function* linesOf(text: string): AsyncIterable<string> {
  yield* text.split('\n').slice(0, -1)
}

async function readLines(text: string): Promise<unknown> {
  const entries: RevocationEntry[] = []
  return { ...(await parseSnapshotLines(linesOf(text), (one) => entries.push(one))), entries }
}

describe('an entry', () => {
  it('has seq, kind, id, cutoff, expires', () => {
    expect(formatEntry(entry)).toBe('{"seq":17,"kind":"client","id":"shop","cutoff":1763690000,"expires":1763693600}')
  })

  it('has no id for all, and no cutoff where everything matches', () => {
    expect(formatEntry({ ...entry, kind: 'all', id: '' })).toBe('{"seq":17,"kind":"all","cutoff":1763690000,"expires":1763693600}')
    expect(formatEntry({ ...entry, kind: 'key', id: 'k1', cutoff: undefined, expires: NEVER })).toBe(
      '{"seq":17,"kind":"key","id":"k1","expires":253402300799}',
    )
  })

  it('is read back as it was, with fields that nobody knows passed over', () => {
    const anyEntry = fc.record({
      seq: fc.integer({ min: 1 }),
      kind: fc.constantFrom(...REVOCATION_KINDS),
      id: fc.string({ minLength: 1 }),
      cutoff: fc.option(fc.integer().map(epochSeconds), { nil: undefined }),
      expires: fc.integer().map(epochSeconds),
      client: fc.constantFrom('shop', 'Bücher 1'),
    })
    fc.assert(
      fc.property(anyEntry, (one) => {
        const whole = one.kind === 'all' ? { ...one, id: '' } : one
        expect(parseEntry({ ...JSON.parse(formatEntry(whole)), reason: 'x' })).toEqual(whole)
      }),
    )
  })

  it.each([
    ['no object', 'x'],
    ['a list', []],
    ['null', null],
    ['an unknown kind', { ...entry, kind: 'tenant' }],
    ['a kind from a prototype', { ...entry, kind: 'constructor' }],
    ['no id', { ...entry, id: undefined }],
    ['an empty id', { ...entry, id: '' }],
    ['a number as id', { ...entry, id: 1 }],
    ['an id for all', { ...entry, kind: 'all' }],
    ['seq 0', { ...entry, seq: 0 }],
    ['seq as text', { ...entry, seq: '17' }],
    ['a broken seq', { ...entry, seq: 1.5 }],
    ['cutoff null', { ...entry, cutoff: null }],
    ['cutoff as text', { ...entry, cutoff: '1' }],
    ['no expires', { ...entry, expires: undefined }],
    ['a client that is no text', { ...entry, client: 5 }],
    ['an empty client', { ...entry, client: '' }],
    ['a client with a line end', { ...entry, client: 'a\nb' }],
    ['a client that is too long', { ...entry, client: 'a'.repeat(256) }],
  ])('that is or has %s is refused', (_what, value) => {
    expect(() => parseEntry(value)).toThrow(MalformedFeedMessage)
  })
})

describe('a snapshot', () => {
  const lines = formatSnapshot('lines', snapshot)

  it('as JSON has epoch as text, seq, generated_at in seconds, entries', () => {
    expect(formatSnapshot('json', snapshot)).toBe(`{"epoch":"1763680000000","seq":20,"generated_at":1763690001,"entries":[${formatEntry(entry)}]}`)
    expect(parseSnapshot(formatSnapshot('json', snapshot))).toEqual(snapshot)
  })

  it('as lines has a first one without entries, one for each entry, and a last one with their number', async () => {
    expect(lines).toBe(`{"epoch":"1763680000000","seq":20,"generated_at":1763690001}\n${formatEntry(entry)}\n{"end":true,"count":1}\n`)
    expect(await readLines(lines)).toEqual(snapshot)
    const none = formatSnapshot('lines', { ...snapshot, entries: [] })
    expect(none.split('\n')).toEqual([expect.any(String), '{"end":true,"count":0}', ''])
    expect(await readLines(none)).toEqual({ ...snapshot, entries: [] })
  })

  it.each([
    ['is empty', ''],
    ['has no last line', lines.slice(0, lines.indexOf('{"end"'))],
    ['counts otherwise', lines.replace('"count":1', '"count":2')],
    ['has no first line', lines.slice(lines.indexOf('\n') + 1)],
    ['has an entry twice', formatSnapshot('lines', { ...snapshot, entries: [entry, entry] })],
    ['has an epoch that is a number', lines.replace('"1763680000000"', '1763680000000')],
  ])('whose lines are such that it %s is refused', async (_what, text) => {
    await expect(readLines(text)).rejects.toThrow(MalformedFeedMessage)
  })

  it.each([
    '',
    '{}',
    '[]',
    formatSnapshot('json', snapshot).replace('[', '{').replace(']', '}'),
    formatSnapshot('json', { ...snapshot, entries: [entry, entry] }),
  ])('that is %s is refused', (text) => {
    expect(() => parseSnapshot(text)).toThrow(MalformedFeedMessage)
  })
})

describe('a heartbeat', () => {
  it('has epoch, seq, confirmed_at and time in seconds, exact to the millisecond', () => {
    expect(formatHeartbeat(head)).toBe('{"epoch":"1763680000000","seq":17,"confirmed_at":1763690000.123,"time":1763690000.456}')
    expect(parseHeartbeat(formatHeartbeat(head))).toEqual(head)
    expect(formatHeartbeatEvent(head)).toBe(`event: heartbeat\ndata: ${formatHeartbeat(head)}\n\n`)
  })

  it.each(['{}', 'x', '{"epoch":"1","seq":0,"confirmed_at":null,"time":1}', '{"epoch":"1","seq":-1,"confirmed_at":1,"time":1}'])(
    '%s is refused',
    (text) => {
      expect(() => parseHeartbeat(text)).toThrow(MalformedFeedMessage)
    },
  )
})

describe('changes', () => {
  it('as the answer to a long poll are a heartbeat with entries', () => {
    const changes = { ...head, entries: [entry] }
    expect(formatChanges(changes)).toBe(`${formatHeartbeat(head).slice(0, -1)},"entries":[${formatEntry(entry)}]}`)
    expect(parseChanges(formatChanges(changes))).toEqual(changes)
  })

  it('as an event have the position as id', () => {
    expect(formatRevocationEvent(head.epoch, entry)).toBe(`event: revocation\nid: 1763680000000:17\ndata: ${formatEntry(entry)}\n\n`)
    expect(parseRevocationEvent('1763680000000:17', formatEntry(entry))).toEqual({ epoch: head.epoch, entry })
    expect(() => parseRevocationEvent('1763680000000:18', formatEntry(entry))).toThrow(MalformedFeedMessage)
    expect(() => parseRevocationEvent('', formatEntry(entry))).toThrow(MalformedFeedMessage)
  })
})

describe('a position', () => {
  it('is epoch and seq', () => {
    expect(formatPosition({ epoch: '5', seq: 0 })).toBe('5:0')
    expect(parsePosition('1763680000000:17')).toEqual({ epoch: '1763680000000', seq: 17 })
  })

  it.each(['', ':', '5', '5:', ':5', '05:1', '5:01', '5:-1', '5:1.5', '5:1 ', '5:1\n', 'a:1', '5:1:1', '9999999999999999:1', '5:9999999999999999'])(
    '%j is none',
    (text) => {
      expect(parsePosition(text)).toBeUndefined()
    },
  )

  it('lies after another in a later epoch, or at a higher place of the same', () => {
    expect(isAfter({ epoch: '10', seq: 1 }, { epoch: '9', seq: 5 })).toBe(true)
    expect(isAfter({ epoch: '9', seq: 6 }, { epoch: '9', seq: 5 })).toBe(true)
    expect(isAfter({ epoch: '9', seq: 5 }, { epoch: '9', seq: 5 })).toBe(false)
    expect(isAfter({ epoch: '9', seq: 99 }, { epoch: '10', seq: 5 })).toBe(false)
  })
})
