import { createVerifiedCache } from '../../src/gateway/verified-cache.js'
import type { AccessTokenClaims } from '../../src/model/claims.js'
import { epochSeconds } from '../../src/model/time.js'

const claims = { tokenId: 'a' } as unknown as AccessTokenClaims

function cacheAt(mostTokens: number) {
  const local = { ms: 0 }
  const clock = { nowMs: () => local.ms, now: () => epochSeconds(0) }
  return { local, cache: createVerifiedCache({ mostTokens, longestToken: 10, keepMs: 1000 }, clock) }
}

it('gives back what it keeps until its time is over', () => {
  const { cache, local } = cacheAt(2)
  cache.keep('one', claims)
  expect([cache.find('one'), cache.find('two')]).toEqual([claims, undefined])
  local.ms = 1000
  expect(cache.find('one')).toBeUndefined()
})

it('lets the oldest go when it is full, and keeps no long tokens', () => {
  const { cache } = cacheAt(2)
  for (const token of ['one', 'two', 'three', 'x'.repeat(11)]) cache.keep(token, claims)
  expect(['one', 'two', 'three', 'x'.repeat(11)].map((token) => cache.find(token) !== undefined)).toEqual([false, true, true, false])
})
