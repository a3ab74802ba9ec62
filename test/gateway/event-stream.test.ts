import fc from 'fast-check'
import { readEvents } from '../../src/gateway/event-stream.js'
import { readLines, readLinesTogether } from '../../src/gateway/text-lines.js'

async function* pieces(...list: readonly (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const one of list) yield typeof one === 'string' ? Buffer.from(one) : one
}

async function read<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const one of items) list.push(one)
  return list
}

describe('lines', () => {
  it('are the same wherever the bytes are cut, also within a character', async () => {
    const text = 'one\nzwölf\r\n\n€uro\ncut off'
    const bytes = Buffer.from(text)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 5 }), async (cuts) => {
        const sorted = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
        const parts = sorted.slice(1).map((end, at) => bytes.subarray(sorted[at], end))
        expect(await read(readLines(pieces(...parts)))).toEqual(['one', 'zwölf', '', '€uro'])
      }),
    )
  })

  it('without end are refused, and bytes that are no UTF-8', async () => {
    await expect(read(readLines(pieces('x'.repeat(70_000))))).rejects.toThrow('endless')
    await expect(read(readLines(pieces(new Uint8Array([0xc3, 0x28]))))).rejects.toThrow('UTF-8')
  })

  it('of no body are none', async () => {
    expect(await read(readLines(null))).toEqual([])
  })
})

describe('events', () => {
  const events = async (...text: readonly string[]) => (await read(readEvents(readLinesTogether(pieces(...text))))).flat()

  it('have type, id and data', async () => {
    expect(await events('event: a\nid: 1:2\ndata: {}\n\ndata:x\ndata: y\n\n')).toEqual([
      { type: 'a', id: '1:2', data: '{}' },
      { type: 'message', id: '', data: 'x\ny' },
    ])
  })

  it('leave out comments, events without data, and one that was cut off', async () => {
    expect(await events(': hello\n\nevent: a\n\nretry: 5\ndata: 1\n\ndata: 2\n')).toEqual([{ type: 'message', id: '', data: '1' }])
  })
})
