import { createBusMac } from '../../../src/adapters/redis/bus-mac.js'
import { type BusMessage, formatBusMessage, parseBusMessage } from '../../../src/adapters/redis/bus-message.js'
import { entryAt } from '../../stores/bus.contract.js'

const CHANNEL = '{jeton}:bus'
const mac = createBusMac(() => Buffer.alloc(32, 7))
const ENTRIES: BusMessage = { from: 'one', kind: 'entries', epoch: 1_763_690_000_123, entries: [entryAt(17), entryAt(18, { kind: 'all', id: '' })] }

const signed = (value: unknown): string => {
  const json = JSON.stringify(value)
  return `${mac(`${CHANNEL}\n${json}`)}.${json}`
}
const parse = (text: string) => parseBusMessage(text, CHANNEL, mac)

describe('a message between nodes', () => {
  it.each<BusMessage>([ENTRIES, { from: 'one', kind: 'changed', what: 'clients' }])('is read as it was said', (message) => {
    expect(parse(formatBusMessage(message, CHANNEL, mac))).toEqual(message)
  })

  it('is nothing once a single character of it was changed', () => {
    const text = formatBusMessage(ENTRIES, CHANNEL, mac)
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === '1' ? '2' : '1'
      expect(parse(`${text.slice(0, at)}${other}${text.slice(at + 1)}`)).toBeUndefined()
    }
  })

  it('is nothing on another channel, or under another secret', () => {
    const text = formatBusMessage(ENTRIES, CHANNEL, mac)
    expect(parseBusMessage(text, '{other}:bus', mac)).toBeUndefined()
    expect(
      parseBusMessage(
        text,
        CHANNEL,
        createBusMac(() => Buffer.alloc(32, 8)),
      ),
    ).toBeUndefined()
  })

  const entry = { seq: 1, kind: 'grant', id: 'g', expires: 5 }
  const entries = { from: 'one', kind: 'entries', epoch: 1 }
  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['a number', 7],
    ['no sender', { kind: 'changed', what: 'keys' }],
    ['an unknown kind', { from: 'one', kind: 'poll' }],
    ['an unknown thing that changed', { from: 'one', kind: 'changed', what: 'everything' }],
    ['no entries', { ...entries, entries: [] }],
    ['entries that are no list', { ...entries, entries: { 0: entry } }],
    ['an epoch that is text', { ...entries, epoch: '1', entries: [entry] }],
    ['an epoch with a fraction', { ...entries, epoch: 1.5, entries: [entry] }],
    ['a gap', { ...entries, entries: [entry, { ...entry, seq: 3 }] }],
    ['the same place twice', { ...entries, entries: [entry, entry] }],
    ['a place before the first', { ...entries, entries: [{ ...entry, seq: 0 }] }],
    ['an entry without id', { ...entries, entries: [{ ...entry, id: '' }] }],
    ['an entry of an unknown kind', { ...entries, entries: [{ ...entry, kind: 'user' }] }],
    ['a cut-off that is text', { ...entries, entries: [{ ...entry, cutoff: '5' }] }],
    ['an entry that never says when it leaves', { ...entries, entries: [{ ...entry, expires: undefined }] }],
  ])('is nothing with %s, although it is authentic', (_, value) => {
    expect(parse(signed(value))).toBeUndefined()
  })

  it('may have gained fields', () => {
    expect(parse(signed({ ...entries, more: 1, entries: [{ ...entry, more: 1 }] }))).toMatchObject({ kind: 'entries', epoch: 1 })
  })

  it('is nothing beyond what a node would say at once', () => {
    expect(parse(signed({ from: 'x'.repeat(600_000), kind: 'changed', what: 'keys' }))).toBeUndefined()
  })
})
