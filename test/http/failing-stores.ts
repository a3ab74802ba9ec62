import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import type { Stores } from '../../src/stores/stores.js'

/** Stores that can be taken away and given back. */
export interface FailingStores {
  readonly wrap: (stores: Stores) => Stores
  /** From now on every call of every store fails: with StoreUnavailable, or with what `makeError` makes. */
  fail(makeError?: () => Error): void
  heal(): void
  /** How many calls have reached a store. */
  readonly calls: () => number
}

export function createFailingStores(): FailingStores {
  let failure: (() => Error) | undefined
  let calls = 0
  const failing = <Store extends object>(store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return async (...args: readonly unknown[]): Promise<unknown> => {
          calls += 1
          if (failure !== undefined) throw failure()
          return Reflect.apply(member, target, args)
        }
      },
    })
  return {
    wrap: ({
      clients,
      applications,
      users,
      keys,
      grants,
      storedTokens,
      revocations,
      outbox,
      heads,
      leases,
      nodes,
      status,
      purgeRuns,
      keptRows,
      adoption,
      adoptedTokens,
      purgeTargets,
      partitions,
      sessionTargets,
      migrate,
      adopt,
    }) => ({
      clients: failing(clients),
      applications: failing(applications),
      users: failing(users),
      keys: failing(keys),
      grants: failing(grants),
      storedTokens: failing(storedTokens),
      revocations: failing(revocations),
      outbox: failing(outbox),
      heads: failing(heads),
      leases: failing(leases),
      nodes: failing(nodes),
      status: failing(status),
      purgeRuns: failing(purgeRuns),
      keptRows: failing(keptRows),
      partitions,
      purgeTargets: purgeTargets.map(failing),
      sessionTargets: (rules) => sessionTargets(rules).map(failing),
      adoption: failing(adoption),
      adoptedTokens: failing(adoptedTokens),
      migrate: () => migrate(),
      adopt: () => adopt(),
    }),
    fail(makeError = () => new StoreUnavailable('database')) {
      failure = makeError
    },
    heal() {
      failure = undefined
    },
    calls: () => calls,
  }
}
