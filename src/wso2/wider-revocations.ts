import type { RevocationKind } from '../model/revocation-entry.js'
import type { EpochSeconds, Seconds } from '../model/time.js'
import type { LoggedRevocation, OutboxStore } from '../stores/outbox-store.js'
import { endOfSecond } from './event-bodies.js'
import type { ListClientIds } from './send-line.js'
import { entityOfGrant } from './translate.js'

/** All tokens of one that were issued before `revocationTime`, in milliseconds since 1970. */
export interface RevokedEntity {
  readonly kind: 'USER_ID' | 'CLIENT_ID' | 'client'
  readonly id: string
  readonly revocationTime: number
}

/** What WSO2's gateways are told in the place of entries that they have no word for: revoked grants, and the end of everything. */
export interface WiderRevocations {
  /** Takes in what the log has got since. @throws StoreUnavailable */
  follow(): Promise<void>
  /** Whether it ever has. */
  isLoaded(): boolean
  find(kind: RevokedEntity['kind'], id: string): RevokedEntity | undefined
  all(): Iterable<RevokedEntity>
}

export interface WiderNeeds {
  readonly store: Pick<OutboxStore, 'since'>
  readonly listClientIds: ListClientIds
  readonly now: () => EpochSeconds
  /** The newest place of the log that this process knows of. */
  readonly head: () => number
}

const PAGE = 1000
/** How old the list of clients may get while everything is cut off. */
const CLIENTS_KEPT = 60

interface Held extends RevokedEntity {
  readonly expires: EpochSeconds
}

interface Memory {
  /** By kind and id. */
  readonly ofGrants: Map<string, Held>
  ofAll: Held | undefined
  /** Of all clients, while everything is cut off. */
  clients: ReadonlySet<string>
  clientsReadAt: number
  /** Up to here the log has been read; undefined before the first time. */
  readTo: number | undefined
}

interface Following {
  readonly memory: Memory
  readonly needs: WiderNeeds
}

export function createWiderRevocations(
  needs: WiderNeeds,
  settings: { readonly maxClockSkew: Seconds; readonly grantEvents: boolean },
): WiderRevocations {
  const memory: Memory = { ofGrants: new Map(), ofAll: undefined, clients: new Set(), clientsReadAt: Number.NEGATIVE_INFINITY, readTo: undefined }
  const following = { memory, needs }
  return {
    async follow() {
      const upTo = needs.head()
      if (memory.readTo === undefined || upTo > memory.readTo) {
        if (settings.grantEvents) await readGrants(following, settings.maxClockSkew)
        await readAll(following)
        memory.readTo = upTo
      }
      forget(following)
      await readClients(following)
    },
    isLoaded: () => memory.readTo !== undefined,
    find(kind, id) {
      if (kind !== 'client') return memory.ofGrants.get(keyOf(kind, id))
      return memory.ofAll !== undefined && memory.clients.has(id) ? { ...memory.ofAll, id } : undefined
    },
    *all() {
      yield* memory.ofGrants.values()
      if (memory.ofAll !== undefined) for (const id of memory.clients) yield { ...memory.ofAll, id }
    },
  }
}

/** Lines of the kind that are new and still in force. */
async function* newLines(kind: RevocationKind, { memory, needs: { store, now } }: Following): AsyncIterable<LoggedRevocation> {
  for (let seq = memory.readTo ?? 0; ; ) {
    const lines = await store.since({ seq, limit: PAGE, kind })
    for (const line of lines) if (line.entry.expires >= now()) yield line
    const last = lines.at(-1)
    if (last === undefined || lines.length < PAGE) return
    seq = last.entry.seq
  }
}

async function readGrants(following: Following, maxClockSkew: Seconds): Promise<void> {
  const { ofGrants } = following.memory
  for await (const line of newLines('grant', following)) {
    const entity = heldOf(line, maxClockSkew)
    if (entity === undefined) continue
    const key = keyOf(entity.kind, entity.id)
    if (entity.revocationTime >= (ofGrants.get(key)?.revocationTime ?? 0)) ofGrants.set(key, entity)
  }
}

async function readAll(following: Following): Promise<void> {
  for await (const { entry } of newLines('all', following)) {
    if (entry.cutoff === undefined) continue
    following.memory.ofAll = { kind: 'client', id: '', revocationTime: endOfSecond(entry.cutoff), expires: entry.expires }
  }
}

function forget({ memory, needs: { now } }: Following): void {
  for (const [key, { expires }] of memory.ofGrants) if (expires < now()) memory.ofGrants.delete(key)
  if (memory.ofAll !== undefined && memory.ofAll.expires < now()) memory.ofAll = undefined
}

async function readClients({ memory, needs: { listClientIds, now } }: Following): Promise<void> {
  if (memory.ofAll === undefined) memory.clients = new Set()
  if (memory.ofAll === undefined || now() < memory.clientsReadAt + CLIENTS_KEPT) return
  const found = new Set<string>()
  for (let after = ''; ; ) {
    const page = await listClientIds(after, PAGE)
    for (const id of page) found.add(id)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    after = last
  }
  memory.clients = found
  memory.clientsReadAt = now()
}

const keyOf = (kind: RevokedEntity['kind'], id: string): string => `${kind} ${id}`

function heldOf(line: LoggedRevocation, maxClockSkew: Seconds): Held | undefined {
  const whose = entityOfGrant(line, maxClockSkew)
  return whose && { kind: whose.entityType, id: whose.entityId, revocationTime: whose.revocationTime, expires: line.entry.expires }
}
