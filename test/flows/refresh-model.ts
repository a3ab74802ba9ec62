/**
 * What a key manager may say about refresh tokens, in another shape than the code: a set of live heads, at most one for each
 * grant. No generations, no cut-offs and no times but the one at which a head took the place of another.
 */
export interface ModelGrant {
  readonly client: number
  readonly ofUser: boolean
  /** `unknown`: made or judged by a node that had not yet been told of a cut-off. */
  standing: 'alive' | 'unknown' | 'dead'
  /** The one refresh token that is good. */
  head: string
  before: { readonly token: string; readonly at: number; left: number } | undefined
  /** No node takes a refresh token of it any more, told or not. */
  isClosed: boolean
  readonly accessTokens: ModelAccessToken[]
  /** Nodes that have been told that it is dead. */
  readonly toldTo: Set<number>
}

export interface ModelAccessToken {
  readonly value: string
  isDead: boolean
  readonly toldTo: Set<number>
}

export interface ModelRefreshToken {
  readonly value: string
  readonly grant: ModelGrant
}

export type Expectation =
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'either' }
  | { readonly outcome: 'next' }
  | { readonly outcome: 'same'; readonly successor: string }

const GRACE = 10
const GRACE_REUSE = 5

export class RefreshModel {
  readonly grants: ModelGrant[] = []
  readonly refreshTokens: ModelRefreshToken[] = []
  /** Nodes that know of every cut-off there is. */
  readonly #isToldOfCutoffs: boolean[]

  constructor(nodes: number) {
    this.#isToldOfCutoffs = Array.from({ length: nodes }, () => true)
  }

  isTold(node: number): boolean {
    return this.#isToldOfCutoffs[node] === true
  }

  /** What a node that is asked to refresh with `token` has to answer. Changes nothing. */
  expect(token: ModelRefreshToken, node: number, now: number): Expectation {
    const { grant } = token
    if (grant.isClosed || (grant.standing === 'dead' && grant.toldTo.has(node))) return { outcome: 'refused' }
    if (grant.standing !== 'alive' || !this.isTold(node)) return { outcome: 'either' }
    if (token.value === grant.head) return { outcome: 'next' }
    const isLeft = isRepetition(token, now) && (grant.before?.left ?? 0) > 0
    return isLeft ? { outcome: 'same', successor: grant.head } : { outcome: 'refused' }
  }

  /** A refresh with `token` was answered with `successor`, which was expected. */
  refreshed(token: ModelRefreshToken, successor: string, now: number): void {
    const { grant } = token
    if (token.value === grant.head) {
      grant.before = { token: token.value, at: now, left: GRACE_REUSE }
      grant.head = successor
    } else if (grant.before !== undefined) grant.before.left -= 1
    if (!this.refreshTokens.some(({ value }) => value === successor)) this.refreshTokens.push({ value: successor, grant })
  }

  /** A refresh with `token` was refused: a replay takes the grant with it. */
  refused(token: ModelRefreshToken, node: number, now: number): void {
    const { grant } = token
    if (grant.standing !== 'alive' || token.value === grant.head) return
    if (isRepetition(token, now)) return
    this.kill(grant, node)
    grant.isClosed = true
  }

  /** `node` has said that nothing of it is good any more. */
  kill(grant: ModelGrant, node: number): void {
    grant.standing = 'dead'
    grant.toldTo.add(node)
    for (const access of grant.accessTokens) this.killAccess(access, node)
  }

  killAccess(access: ModelAccessToken, node: number): void {
    access.isDead = true
    access.toldTo.add(node)
  }

  /** Everything that was granted until now, as far as `isHit` says, is dead; what is granted from now on is not. */
  cutOff(node: number, isHit: (grant: ModelGrant) => boolean): void {
    this.#isToldOfCutoffs.fill(false)
    this.#isToldOfCutoffs[node] = true
    for (const grant of this.grants.filter(isHit)) this.kill(grant, node)
  }

  untold(node: number): void {
    this.#isToldOfCutoffs[node] = false
  }

  /** `node` has read everything there is. */
  told(node: number): void {
    this.#isToldOfCutoffs[node] = true
    for (const grant of this.grants) {
      if (grant.standing === 'dead') grant.toldTo.add(node)
      for (const access of grant.accessTokens) if (access.isDead) access.toldTo.add(node)
    }
  }
}

function isRepetition({ value, grant: { before } }: ModelRefreshToken, now: number): boolean {
  return before !== undefined && value === before.token && now <= before.at + GRACE
}
