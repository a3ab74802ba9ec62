import { MOST_AT_ONCE } from './channel-state.js'
import { type EventBody, entityOf } from './event-bodies.js'
import type { Waiting } from './send-queue.js'

/**
 * What became of a POST. `taken`: the receiver has it. `refused`: the receiver is there and does not want this one. `failed`: it is not
 * there, or takes nothing now.
 */
export type PostOutcome = { readonly kind: 'taken' } | { readonly kind: 'refused' | 'failed'; readonly cause: Error }

/** Never rejects. */
export type PostEvent = (body: EventBody) => Promise<PostOutcome>

/** At most `limit` ids greater than `after`, ascending. @throws StoreUnavailable */
export type ListClientIds = (after: string, limit: number) => Promise<readonly string[]>

/** The revocation time that each entity was told last, in milliseconds since 1970. */
export interface ToldTimes {
  get(entity: string): number | undefined
  set(entity: string, revocationTime: number): void
}

export interface SendNeeds {
  readonly post: PostEvent
  readonly listClientIds: ListClientIds
  readonly told: ToldTimes
}

/** Tells a line; what concerns every client goes on where it failed the last time. @throws StoreUnavailable */
export async function sendLine(waiting: Waiting, needs: SendNeeds): Promise<PostOutcome> {
  const { translation, line } = waiting
  if (translation.kind === 'every client') return sendToEveryClient(waiting, translation.bodyFor, needs)
  // Only what speaks of the entity itself may take something back: a client that is enabled again.
  return postOne(translation.body, line.entry.kind === 'grant', needs)
}

async function sendToEveryClient(waiting: Waiting, bodyFor: (clientId: string) => EventBody, needs: SendNeeds): Promise<PostOutcome> {
  let refused: PostOutcome | undefined
  // One to see whether the receiver is there; then there may be very many.
  let atOnce = 1
  for (;;) {
    const clientIds = await needs.listClientIds(waiting.afterClient, atOnce)
    const outcomes = await Promise.all(clientIds.map((clientId) => postOne(bodyFor(clientId), true, needs)))
    const failed = outcomes.find(({ kind }) => kind === 'failed')
    if (failed !== undefined) return failed
    // The others are not to wait for one that is refused; the line is told once more from its beginning.
    refused ??= outcomes.find(({ kind }) => kind === 'refused')
    if (clientIds.length < atOnce) break
    waiting.afterClient = clientIds.at(-1) ?? waiting.afterClient
    atOnce = MOST_AT_ONCE
  }
  if (refused !== undefined) waiting.afterClient = ''
  return refused ?? { kind: 'taken' }
}

/** Their gateways put the time they hear last in the place of the one before, be it earlier or later. */
async function postOne(body: EventBody, mayOnlyRaise: boolean, { post, told }: SendNeeds): Promise<PostOutcome> {
  if (body.type === 'token_revocation') return post(body)
  const entity = entityOf(body)
  const revocationTime = mayOnlyRaise ? Math.max(body.revocationTime, told.get(entity) ?? 0) : body.revocationTime
  const outcome = await post({ ...body, revocationTime })
  if (outcome.kind === 'taken') told.set(entity, revocationTime)
  return outcome
}
