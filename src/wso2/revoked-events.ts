import { OAuthError } from '../errors/oauth-error.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock } from '../model/time.js'
import type { EntryWalk } from '../verification/revocation-set.js'
import { endOfSecond, OPEN_END_MS, ORGANIZATION } from './event-bodies.js'
import type { RevokedEntity, WiderRevocations } from './wider-revocations.js'

/** `events`: three lists in an object, as WSO2's gateways want it from API Manager 4.3 on. `list`: tokens alone, in an array, as before. */
export type RevokedForm = 'events' | 'list'

export interface RevokedNeeds {
  /** Goes through what is in force, while more may come. */
  readonly walk: () => EntryWalk
  /** What is in force behind that place, in the order of the log; nothing may change meanwhile. */
  readonly entriesAfter: (seq: number) => Iterable<RevocationEntry>
  /** Changes with whatever comes into force. */
  readonly version: () => string
  /** @throws StoreUnavailable when what is in memory is too old. */
  readonly assertFresh: () => void
  readonly wider: WiderRevocations
  readonly clock: Clock
  /** Resolves when the event loop has let others have their turn. */
  readonly nextTurn: () => Promise<void>
}

export interface RevokedPage {
  readonly body: string
  /** Where the next one goes on; undefined: this is the last. */
  readonly next: number | undefined
}

/** What is revoked, for a gateway of WSO2's that starts. All from memory. */
export interface RevokedEvents {
  /** In pieces. @throws OAuthError `temporarily_unavailable` before it is loaded. @throws StoreUnavailable */
  whole(): Promise<readonly Buffer[]>
  /** At most `limit` entries behind the place `after`, from 0 on; what goes out in the place of grants stands on the first page. @throws as `whole` */
  page(after: number, limit: number): RevokedPage
}

const SLICE = 2500
/** So that gateways that start together cost one building. */
const KEPT_MS = 1000

export function createRevokedEvents(needs: RevokedNeeds, form: RevokedForm): RevokedEvents {
  const { wider, clock, assertFresh } = needs
  let held: { readonly body: Promise<readonly Buffer[]>; readonly version: string; readonly atMs: number } | undefined
  const assertLoaded = (): void => {
    if (!wider.isLoaded()) throw new OAuthError('temporarily_unavailable', 'the revocations are not loaded yet')
    assertFresh()
  }
  return {
    async whole() {
      assertLoaded()
      const nowMs = clock.nowMs()
      if (held !== undefined && held.version === needs.version() && nowMs < held.atMs + KEPT_MS && nowMs >= held.atMs) return held.body
      const built = { body: buildWhole(needs, form), version: needs.version(), atMs: nowMs }
      held = built
      built.body.catch(() => {
        if (held === built) held = undefined
      })
      return built.body
    },
    page(after, limit) {
      assertLoaded()
      const parts = createParts(needs)
      if (after === 0) parts.takeWider()
      let [taken, last, isMore] = [0, after, false]
      for (const entry of needs.entriesAfter(after)) {
        isMore = taken === limit
        if (isMore) break
        parts.take(entry)
        taken++
        last = entry.seq
      }
      return { body: join(frameOf(parts, form)), next: isMore ? last : undefined }
    },
  }
}

async function buildWhole(needs: RevokedNeeds, form: RevokedForm): Promise<readonly Buffer[]> {
  const parts = createParts(needs)
  parts.takeWider()
  const walk = needs.walk()
  try {
    for (;;) {
      const slice = walk.take(SLICE)
      for (const entry of slice) parts.take(entry)
      parts.seal()
      if (slice.length < SLICE) break
      await needs.nextTurn()
    }
  } finally {
    walk.end()
  }
  return frameOf(parts, form)
}

interface Parts {
  take(entry: RevocationEntry): void
  /** What goes out in the place of entries that they have no word for. First: of two that name the same one the gateway believes the last. */
  takeWider(): void
  /** Turns the tokens so far into bytes. */
  seal(): void
  readonly tokens: () => readonly Buffer[]
  readonly subjects: readonly string[]
  readonly clients: readonly string[]
}

function createParts({ wider, clock }: RevokedNeeds): Parts {
  const sealed: Buffer[] = []
  let tokens: string[] = []
  const [subjects, clients]: [string[], string[]] = [[], []]
  const now = clock.now()
  const seal = (): void => {
    if (tokens.length > 0) sealed.push(Buffer.from((sealed.length > 0 ? ',' : '') + tokens.join(',')))
    tokens = []
  }
  const takeEntity = ({ kind, id, revocationTime }: RevokedEntity): void => {
    if (kind === 'client') clients.push(JSON.stringify({ consumer_key: id, revocation_time: revocationTime, organization: ORGANIZATION }))
    else subjects.push(JSON.stringify({ entity_id: id, entity_type: kind, revocation_time: revocationTime, organization: ORGANIZATION }))
  }
  return {
    take(entry) {
      if (entry.expires < now) return
      if (entry.kind === 'token') tokens.push(JSON.stringify({ jwt_signature: entry.id, expiry_time: entry.expires * 1000 }))
      if (entry.kind === 'subject' || entry.kind === 'client') takeEntity(raised(entry, wider))
    },
    takeWider() {
      for (const entity of wider.all()) takeEntity(entity)
    },
    seal,
    tokens: () => {
      seal()
      return sealed
    },
    subjects,
    clients,
  }
}

/** No earlier than what a wider one has said of the same user or client. */
function raised({ kind, id, cutoff }: RevocationEntry, wider: WiderRevocations): RevokedEntity {
  const own = {
    kind: kind === 'client' ? 'client' : 'USER_ID',
    id,
    revocationTime: cutoff === undefined ? OPEN_END_MS : endOfSecond(cutoff),
  } as const
  const other = wider.find(own.kind, id)
  return other === undefined || other.revocationTime < own.revocationTime ? own : { ...own, revocationTime: other.revocationTime }
}

function frameOf({ tokens, subjects, clients }: Parts, form: RevokedForm): readonly Buffer[] {
  if (form === 'list') return [Buffer.from('['), ...tokens(), Buffer.from(']')]
  const rest = `],"revokedJWTSubjectEntityList":[${subjects.join(',')}],"revokedJWTConsumerKeyList":[${clients.join(',')}]}`
  return [Buffer.from('{"revokedJWTList":['), ...tokens(), Buffer.from(rest)]
}

const join = (pieces: readonly Buffer[]): string => Buffer.concat(pieces).toString()
