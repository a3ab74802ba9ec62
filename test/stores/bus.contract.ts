import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds } from '../../src/model/time.js'
import type { Bus, BusListener, BusState, ChangedThing } from '../../src/stores/bus.js'

const EPOCH = 1_763_690_000_123

export interface OpenedBus {
  /** Another node on the same bus. */
  join(): Bus
  close(): Promise<void>
}

/** What a node has heard, and how to wait for it. */
export class Ears implements BusListener {
  readonly entries: { readonly epoch: number; readonly entries: readonly RevocationEntry[] }[] = []
  readonly changed: ChangedThing[] = []
  readonly states: BusState[] = []

  onEntries(epoch: number, entries: readonly RevocationEntry[]): void {
    this.entries.push({ epoch, entries })
  }

  onChanged(what: ChangedThing): void {
    this.changed.push(what)
  }

  onState(state: BusState): void {
    this.states.push(state)
  }
}

export function entryAt(seq: number, more: Partial<RevocationEntry> = {}): RevocationEntry {
  return { seq, kind: 'grant', id: `grant-${seq}`, cutoff: undefined, expires: epochSeconds(1_763_700_000), ...more }
}

/** What every bus promises the nodes on it. */
export function describeBus(name: string, open: () => Promise<OpenedBus>): void {
  describe(`the bus ${name}`, () => {
    let opened: OpenedBus
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.close())

    async function listening(): Promise<{ readonly bus: Bus; readonly ears: Ears }> {
      const [bus, ears] = [opened.join(), new Ears()]
      bus.listen(ears)
      await soon(() => ears.states.at(-1) === 'up')
      return { bus, ears }
    }

    it('carries entries to every other node as they are, with their epoch', async () => {
      const [one, two, three] = [await listening(), await listening(), await listening()]
      const entries = [entryAt(17), entryAt(18, { kind: 'subject', cutoff: epochSeconds(5) }), entryAt(19, { kind: 'all', id: '' })]
      one.bus.publish(EPOCH, entries)
      await soon(() => two.ears.entries.length === 1 && three.ears.entries.length === 1)
      expect(two.ears.entries).toEqual([{ epoch: EPOCH, entries }])
      expect(three.ears.entries).toEqual([{ epoch: EPOCH, entries }])
    })

    it('carries what has changed', async () => {
      const [one, two] = [await listening(), await listening()]
      for (const what of ['clients', 'users', 'keys'] as const) one.bus.changed(what)
      await soon(() => two.ears.changed.length === 3)
      expect(two.ears.changed).toEqual(['clients', 'users', 'keys'])
    })

    it('tells a node nothing of what it said itself', async () => {
      const [one, two] = [await listening(), await listening()]
      one.bus.publish(EPOCH, [entryAt(1)])
      one.bus.changed('users')
      two.bus.changed('keys')
      await soon(() => two.ears.changed.length === 1 && one.ears.changed.length === 1)
      expect(one.ears.entries).toEqual([])
      expect(one.ears.changed).toEqual(['keys'])
    })

    it('says nothing where there is no entry', async () => {
      const [one, two] = [await listening(), await listening()]
      one.bus.publish(EPOCH, [])
      one.bus.changed('users')
      await soon(() => two.ears.changed.length === 1)
      expect(two.ears.entries).toEqual([])
    })

    it('carries more entries than one commit holds, in their order', async () => {
      const [one, two] = [await listening(), await listening()]
      const entries = Array.from({ length: 1234 }, (_, index) => entryAt(index + 1))
      one.bus.publish(EPOCH, entries)
      await soon(() => two.ears.entries.flatMap((message) => message.entries).length === entries.length)
      expect(two.ears.entries.flatMap((message) => message.entries)).toEqual(entries)
    })

    it('is up for a node that listens', async () => {
      expect((await listening()).bus.state()).toBe('up')
    })
  })
}

async function soon(isTrue: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isTrue(); waitedMs += 5) {
    if (waitedMs > 10_000) throw new Error(`not soon: ${isTrue}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
