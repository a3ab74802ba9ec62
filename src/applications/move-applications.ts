import { CommandRefused } from '../errors/operational-errors.js'
import type { Client, TokenType } from '../model/client.js'
import { clientId } from '../model/ids.js'
import type { ApplicationStore } from '../stores/application-store.js'
import type { ClientStore } from '../stores/client-store.js'

export interface ApplicationMoveNeeds {
  readonly clients: Pick<ClientStore, 'find' | 'list' | 'moveTo'>
  readonly applications: Pick<ApplicationStore, 'list' | 'update'>
  /** Called after each portion. */
  readonly afterChange: () => Promise<void>
}

export interface MoveOptions {
  readonly tokenType: TokenType
  /** Those that are named; undefined: all. */
  readonly ids: readonly string[] | undefined
  /** Counts, and changes nothing. */
  readonly isDryRun: boolean
  /** Ends the work between two portions. What was moved stays moved: the next run goes on. */
  readonly signal: AbortSignal
  readonly progress: (moved: number) => void
}

export interface MoveReport {
  /** Of a dry run: how many would be. */
  readonly moved: number
  /** Had that kind before. */
  readonly unchanged: number
  /** Whether all were looked at. */
  readonly finished: boolean
}

/** Gives clients another kind of token, in portions that are one transaction each. What they hold stays good. @throws CommandRefused `not_found` @throws StoreUnavailable */
export type MoveApplications = (options: MoveOptions) => Promise<MoveReport>

/** Short for whoever waits for it; a thousand clients are done in seconds. */
const PORTION = 200

export function createApplicationMove(needs: ApplicationMoveNeeds): MoveApplications {
  return async (options) => {
    const { signal, isDryRun, tokenType } = options
    let [seen, moved] = [0, 0]
    for await (const portion of portionsOf(needs, options)) {
      if (signal.aborted) return { moved, unchanged: Math.max(0, seen - moved), finished: false }
      seen += portion.length
      moved += isDryRun ? portion.filter((client) => client.tokenType !== tokenType).length : await movePortion(needs, tokenType, portion)
      options.progress(moved)
    }
    const finished = isDryRun || options.ids !== undefined || (await moveWithoutClients(needs, options))
    // The other clients of an application follow the one that is named.
    return { moved, unchanged: Math.max(0, seen - moved), finished }
  }
}

async function movePortion({ clients, afterChange }: ApplicationMoveNeeds, tokenType: TokenType, portion: readonly Client[]): Promise<number> {
  const ids = portion.filter((client) => client.tokenType !== tokenType).map(({ id }) => id)
  if (ids.length === 0) return 0
  const moved = await clients.moveTo(tokenType, ids)
  await afterChange()
  return moved
}

async function* portionsOf({ clients }: ApplicationMoveNeeds, { ids }: MoveOptions): AsyncGenerator<readonly Client[]> {
  if (ids !== undefined) {
    yield await Promise.all([...new Set(ids)].map((id) => getClient(clients, id)))
    return
  }
  for (let after = ''; ; ) {
    const page = await clients.list(after, PORTION)
    if (page.length > 0) yield page
    if (page.length < PORTION) return
    after = page.at(-1)?.id ?? ''
  }
}

const CLIENT_ID = /^[\x20-\x7E]{1,255}$/

async function getClient(clients: ApplicationMoveNeeds['clients'], id: string): Promise<Client> {
  const client = CLIENT_ID.test(id) ? await clients.find(clientId(id)) : undefined
  if (client === undefined) throw new CommandRefused('not_found', 'one of these applications is not there; nothing was moved')
  return client
}

/** Applications of the portal that have no key yet: there is no client that they could follow. @returns whether it came to its end. */
async function moveWithoutClients({ applications }: ApplicationMoveNeeds, { tokenType, signal }: MoveOptions): Promise<boolean> {
  const all = { owner: undefined, name: undefined, sortBy: 'name', descending: false, limit: PORTION } as const
  for (let offset = 0; !signal.aborted; offset += PORTION) {
    const { applications: page } = await applications.list({ ...all, offset })
    for (const { id } of page.filter((application) => application.tokenType !== tokenType)) await applications.update(id, { tokenType })
    if (page.length < PORTION) return true
  }
  return false
}
