import fc from 'fast-check'

export const NODES = 2

interface AtNode {
  readonly node: number
}

/** One thing that is done to two nodes on one database. `pick` chooses among what there is, the newest first. */
export type Step =
  | (AtNode & { readonly kind: 'issue'; readonly client: number; readonly forUser: boolean })
  | (AtNode & { readonly kind: 'refresh'; readonly pick: number; readonly only: 'heads' | 'any' })
  | (AtNode & { readonly kind: 'burst'; readonly pick: number; readonly count: number })
  | (AtNode & { readonly kind: 'revoke'; readonly pick: number; readonly by: 'access' | 'refresh'; readonly stranger: boolean })
  | (AtNode & { readonly kind: 'cutoff'; readonly of: 'user' | 'client' | 'all'; readonly client: number })
  | (AtNode & { readonly kind: 'switch'; readonly of: 'user' | 'client'; readonly client: number })
  /** A refresh and a revocation at once. */
  | (AtNode & { readonly kind: 'race'; readonly other: number; readonly pick: number; readonly by: 'refresh' | 'user' | 'client' | 'all' })
  | { readonly kind: 'advance'; readonly seconds: number }
  | (AtNode & { readonly kind: 'poll' })
  | (AtNode & { readonly kind: 'restart' })

export interface Play {
  /** How far each node's clock is from the database's, in seconds. */
  readonly skews: readonly number[]
  /** How many turns each answer of the database takes, in turn. */
  readonly delays: readonly number[]
  readonly steps: readonly Step[]
}

const node = fc.nat(NODES - 1)
const client = fc.nat(1)
const pick = fc.nat(30)
const skew = fc.constantFrom(-5, -4, -1, 0, 1, 4, 5)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('issue' as const), node, client, forUser: fc.boolean() }) },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('refresh' as const), node, pick, only: fc.constant('heads' as const) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('refresh' as const), node, pick, only: fc.constant('any' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('burst' as const), node, pick, count: fc.integer({ min: 2, max: 9 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('revoke' as const),
      node,
      pick,
      by: fc.constantFrom('access' as const, 'refresh' as const),
      stranger: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('cutoff' as const),
      node,
      of: fc.constantFrom('user' as const, 'client' as const, 'all' as const),
      client,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('switch' as const), node, of: fc.constantFrom('user' as const, 'client' as const), client }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('race' as const),
      node,
      other: node,
      pick,
      by: fc.constantFrom('refresh' as const, 'user' as const, 'client' as const, 'all' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('advance' as const), seconds: fc.constantFrom(1, 1, 2, 5, 6, 10, 11, 30) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('poll' as const), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), node }) },
)

export const plays: fc.Arbitrary<Play> = fc.record({
  skews: fc.array(skew, { minLength: NODES, maxLength: NODES }),
  delays: fc.array(fc.nat(5), { minLength: 1, maxLength: 7 }),
  steps: fc.array(step, { minLength: 1, maxLength: 30, size: 'max' }),
})
