/** Gives the clients of entries numbers, so that an entry costs four bytes for its client. A number is free again when no entry has it. */
export interface ClientNumbers {
  /** The number of a client for one more entry; 0 for undefined. */
  take(client: string | undefined): number
  /** One entry less has this number. */
  release(number: number): void
  name(number: number): string | undefined
  all(): Iterable<ClientEntries>
}

/** How many entries name a client. */
export interface ClientEntries {
  readonly client: string
  readonly entries: number
}

interface Held extends ClientEntries {
  entries: number
}

export function createClientNumbers(): ClientNumbers {
  const numbers = new Map<string, number>()
  const held: (Held | undefined)[] = [undefined]
  const free: number[] = []

  function add(client: string): number {
    const number = free.pop() ?? held.length
    held[number] = { client, entries: 0 }
    numbers.set(client, number)
    return number
  }

  return {
    take(client) {
      if (client === undefined) return 0
      const number = numbers.get(client) ?? add(client)
      const one = held[number]
      if (one !== undefined) one.entries++
      return number
    },
    release(number) {
      const one = held[number]
      if (one === undefined || --one.entries > 0) return
      numbers.delete(one.client)
      held[number] = undefined
      free.push(number)
    },
    name: (number) => held[number]?.client,
    all: () => held.filter((one) => one !== undefined),
  }
}
