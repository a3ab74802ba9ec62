import fc from 'fast-check'
import type { RevocableToken } from '../../src/model/claims.js'
import { clientId, grantId, keyId, subject, tokenId } from '../../src/model/ids.js'
import { NEVER, REVOCATION_KINDS, type RevocationEntry, revocableId } from '../../src/model/revocation-entry.js'
import { type EpochSeconds, epochSeconds } from '../../src/model/time.js'
import { createRevocationSet } from '../../src/verification/revocation-set.js'

const JTI = '6ff1a3c4-90b7-4d5e-8f00-0123456789ab'
const USER = 'b8a9d7e2-1f1c-4d7e-9c3a-aaaaaaaaaaaa'

const token: RevocableToken = {
  tokenId: tokenId(JTI),
  grantId: grantId('7b2d8c52-41c5-49c8-8f0f-0a0a0a0a0a0a'),
  keyId: keyId('k1'),
  clientId: clientId('shop'),
  subject: subject(USER),
  authorizedType: 'APPLICATION_USER',
  grantedAt: epochSeconds(1000),
}

function entry(parts: Partial<RevocationEntry>): RevocationEntry {
  return { seq: 1, kind: 'token', id: JTI, cutoff: undefined, expires: epochSeconds(5000), ...parts }
}

function setOf(...entries: readonly RevocationEntry[]): ReturnType<typeof createRevocationSet> {
  const set = createRevocationSet()
  for (const one of entries) set.apply(one)
  return set
}

describe('an empty set', () => {
  it('refuses nothing, holds nothing and has come to 0', () => {
    const set = createRevocationSet()
    expect(set.refusal(token)).toBeUndefined()
    expect(set.cutoffFor(token)).toBeUndefined()
    expect([set.size, set.seq, set.expire(NEVER)]).toEqual([0, 0, 0])
    expect([...set.entries()]).toEqual([])
  })
})

describe('matching', () => {
  it.each([
    ['token', JTI],
    ['grant', token.grantId],
    ['key', 'k1'],
    ['subject', USER],
    ['client', 'shop'],
    ['all', ''],
  ] as const)('a %s entry hits the token that it names', (kind, id) => {
    expect(setOf(entry({ kind, id: String(id) })).refusal(token)).toBe(kind)
    expect(setOf(entry({ kind, id: kind === 'all' ? '' : 'another' })).refusal(token)).toBe(kind === 'all' ? 'all' : undefined)
  })

  it('a cut-off hits what was granted at that second and before, and nothing after', () => {
    expect(setOf(entry({ kind: 'client', id: 'shop', cutoff: epochSeconds(1000) })).refusal(token)).toBe('client')
    expect(setOf(entry({ kind: 'client', id: 'shop', cutoff: epochSeconds(999) })).refusal(token)).toBeUndefined()
  })

  it('every matching entry counts, not only the first that is found', () => {
    const old = epochSeconds(10)
    const set = setOf(
      entry({ seq: 1, kind: 'subject', id: USER, cutoff: old }),
      entry({ seq: 2, kind: 'client', id: 'shop', cutoff: old }),
      entry({ seq: 3, kind: 'all', id: '', cutoff: epochSeconds(1001) }),
    )
    expect(set.refusal(token)).toBe('all')
  })

  it('a subject entry does not hit the token of an application that has the same id', () => {
    expect(setOf(entry({ kind: 'subject', id: USER })).refusal({ ...token, authorizedType: 'APPLICATION' })).toBeUndefined()
  })

  it('a token without grant and key is not hit by entries of those kinds', () => {
    const set = setOf(entry({ seq: 1, kind: 'grant', id: 'undefined' }), entry({ seq: 2, kind: 'key', id: 'undefined' }))
    expect(set.refusal({ ...token, grantId: undefined, keyId: undefined })).toBeUndefined()
  })

  it('an id that only looks like the UUID does not match: capitals, no hyphens, hyphens elsewhere', () => {
    for (const id of [JTI.toUpperCase(), JTI.replaceAll('-', ''), `${JTI.slice(1, 9)}${JTI.slice(0, 1)}${JTI.slice(9)}`, `${JTI} `]) {
      expect(setOf(entry({ id })).refusal(token)).toBeUndefined()
      expect(setOf(entry({ id })).refusal({ ...token, tokenId: tokenId(id) })).toBe('token')
    }
  })
})

describe('replacement', () => {
  it('of two entries with the same kind and id the one with the higher seq counts, whichever comes first', () => {
    const open = entry({ seq: 4, kind: 'client', id: 'shop' })
    const enabled = entry({ seq: 5, kind: 'client', id: 'shop', cutoff: epochSeconds(900) })
    expect(setOf(open, enabled).refusal(token)).toBeUndefined()
    expect(setOf(enabled, open).refusal(token)).toBeUndefined()
    expect(setOf(enabled, open).apply(open)).toBe(false)
    expect([...setOf(open, enabled).entries()]).toEqual([enabled])
  })

  it('a cut-off never moves back', () => {
    const later = entry({ seq: 1, kind: 'all', id: '', cutoff: epochSeconds(1500), expires: epochSeconds(9000) })
    const earlier = entry({ seq: 2, kind: 'all', id: '', cutoff: epochSeconds(500), expires: epochSeconds(8000) })
    const set = setOf(later, earlier)
    expect(set.refusal(token)).toBe('all')
    expect([...set.entries()]).toEqual([{ ...earlier, cutoff: 1500, expires: 9000 }])
  })

  it('the same entry twice changes nothing', () => {
    const set = setOf(entry({ seq: 3 }))
    expect(set.apply(entry({ seq: 3 }))).toBe(false)
    expect([set.size, set.seq]).toEqual([1, 3])
  })
})

describe('whose an entry was', () => {
  it('is remembered, as the newest entry says', () => {
    const shop = entry({ client: 'shop' })
    const set = setOf(shop, entry({ seq: 2, id: USER, client: 'shop' }))
    expect([...set.entries()].map(({ client }) => client)).toEqual(['shop', 'shop'])
    set.apply(entry({ seq: 3, client: 'bank' }))
    expect([...set.entries()].map(({ client }) => client)).toEqual(['shop', 'bank'])
    set.apply(entry({ seq: 4 }))
    expect([...set.entries()].at(-1)).toEqual(entry({ seq: 4 }))
  })

  it('goes with the entry', () => {
    const set = setOf(entry({ client: 'shop', expires: epochSeconds(60) }))
    set.expire(epochSeconds(120))
    set.apply(entry({ seq: 2, id: USER }))
    expect([...set.entries()]).toEqual([entry({ seq: 2, id: USER })])
  })
})

describe('the cut-off for a new grant', () => {
  it('is the greatest of subject, client and all', () => {
    const set = setOf(
      entry({ seq: 1, kind: 'subject', id: USER, cutoff: epochSeconds(7) }),
      entry({ seq: 2, kind: 'client', id: 'shop', cutoff: epochSeconds(9) }),
      entry({ seq: 3, kind: 'all', id: '', cutoff: epochSeconds(8) }),
    )
    expect(set.cutoffFor(token)).toBe(9)
    expect(set.cutoffFor({ ...token, clientId: clientId('other') })).toBe(8)
  })

  it('is open where one of them matches whatever the times say', () => {
    const set = setOf(entry({ seq: 1, kind: 'subject', id: USER }), entry({ seq: 2, kind: 'all', id: '', cutoff: epochSeconds(8) }))
    expect(set.cutoffFor(token)).toBe('open')
    expect(set.cutoffFor({ ...token, authorizedType: 'APPLICATION' })).toBe(8)
  })
})

describe('expiry', () => {
  it('drops an entry in the minute after its last, and remembers how far the log had come', () => {
    const set = setOf(entry({ seq: 7, expires: epochSeconds(119) }))
    expect(set.expire(epochSeconds(119))).toBe(0)
    expect(set.expire(epochSeconds(120))).toBe(1)
    expect([set.size, set.seq]).toEqual([0, 7])
    expect(set.refusal(token)).toBeUndefined()
  })

  it('an entry that never leaves stays', () => {
    const set = setOf(entry({ kind: 'key', id: 'k1', expires: NEVER }))
    expect(set.expire(epochSeconds(NEVER - 60))).toBe(0)
    expect(set.refusal(token)).toBe('key')
    expect([...set.entries()][0]?.expires).toBe(NEVER)
  })

  it('goes by the expiry of the entry that replaced the first', () => {
    const set = setOf(entry({ seq: 1, expires: epochSeconds(60) }), entry({ seq: 2, expires: epochSeconds(600) }))
    expect(set.expire(epochSeconds(300))).toBe(0)
    expect(set.expire(epochSeconds(660))).toBe(1)
  })
})

describe('a walk', () => {
  const placed = (seq: number, id = `id-${seq}`): RevocationEntry => entry({ seq, id })
  const idsOf = (entries: readonly RevocationEntry[]): string[] => entries.map(({ seq, id }) => `${id}@${seq}`)

  it('meets the entries in order, some at a time, and fewer at the end', () => {
    const walk = setOf(placed(1), placed(2), placed(3)).walk()
    expect([walk.take(2), walk.take(2), walk.take(2)].map(idsOf)).toEqual([['id-1@1', 'id-2@2'], ['id-3@3'], []])
    walk.end()
  })

  it('goes on behind an entry that was replaced, and meets it in its new place', () => {
    const set = setOf(placed(1), placed(2), placed(3), placed(4))
    const walk = set.walk()
    walk.take(1)
    for (const seq of [5, 6]) set.apply(placed(seq, `id-${seq - 3}`))
    expect(idsOf(walk.take(10))).toEqual(['id-4@4', 'id-2@5', 'id-3@6'])
  })

  it('goes on behind entries that have expired, and is not led astray by what takes their place', () => {
    const set = setOf(...[1, 2, 3, 4].map((seq) => entry({ seq, id: `id-${seq}`, expires: epochSeconds(seq === 4 ? 5000 : 60) })))
    const walk = set.walk()
    walk.take(1)
    set.expire(epochSeconds(200))
    set.apply(placed(9))
    expect(idsOf(walk.take(10))).toEqual(['id-4@4', 'id-9@9'])
  })

  it('meets everything that was in force at its beginning, or what has replaced it, in order, whatever happens meanwhile', () => {
    const steps = fc.array(fc.record({ id: fc.integer({ min: 0, max: 30 }), take: fc.integer({ min: 0, max: 3 }) }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (actions) => {
        const set = setOf(...Array.from({ length: 25 }, (_, at) => placed(at + 1, `id-${at}`)))
        const walk = set.walk()
        const met: RevocationEntry[] = []
        for (const [at, { id, take }] of actions.entries()) {
          set.apply(placed(100 + at, `id-${id}`))
          met.push(...walk.take(take))
        }
        met.push(...walk.take(1000))
        walk.end()
        expect(new Set(met.map(({ id }) => id)).size).toBeGreaterThanOrEqual(25)
        for (const { id } of set.entries()) if (Number(id.slice(3)) < 25) expect(met.some((one) => one.id === id)).toBe(true)
        expect(met.map(({ seq }) => seq)).toEqual(met.map(({ seq }) => seq).toSorted((one, other) => one - other))
      }),
    )
  })
})

it('clear empties the set', () => {
  const set = setOf(entry({ seq: 7 }))
  set.clear()
  expect([set.size, set.seq, set.refusal(token)]).toEqual([0, 0, undefined])
})

describe('against a list that is searched from end to end', () => {
  const ids = ['shop', USER, JTI, 'k1', String(token.grantId), '00000000-0000-0000-0000-000000000000']
  const instant = fc.integer({ min: 0, max: 600 }).map(epochSeconds)
  const anyEntry = fc.record({
    seq: fc.integer({ min: 1, max: 60 }),
    kind: fc.constantFrom(...REVOCATION_KINDS),
    id: fc.constantFrom(...ids),
    cutoff: fc.option(instant, { nil: undefined }),
    expires: fc.oneof(instant, fc.constant(NEVER)),
  })
  const action = fc.oneof({ weight: 5, arbitrary: anyEntry }, { weight: 1, arbitrary: instant })
  const anyToken = fc.record({
    tokenId: fc.constantFrom(...ids).map(tokenId),
    grantId: fc.option(fc.constantFrom(...ids).map(grantId), { nil: undefined }),
    keyId: fc.option(fc.constantFrom(...ids).map(keyId), { nil: undefined }),
    clientId: fc.constantFrom(...ids).map(clientId),
    subject: fc.constantFrom(...ids).map(subject),
    authorizedType: fc.constantFrom('APPLICATION' as const, 'APPLICATION_USER' as const),
    grantedAt: instant,
  })

  it('gives the same answers for any entries in any order, with expiry between', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), fc.array(anyToken, { minLength: 5, maxLength: 5 }), (actions, tokens) => {
        const set = createRevocationSet()
        const model = naiveSet()
        for (const step of actions) {
          if (typeof step === 'number') expect(set.expire(step)).toBe(model.expire(step))
          else expect(set.apply(normal(step))).toBe(model.apply(normal(step)))
        }
        expect([...set.entries()]).toEqual(model.entries())
        for (const after of [1, 20, 59]) expect([...set.entries(after)]).toEqual(model.entries().filter(({ seq }) => seq > after))
        expect(set.size).toBe(model.entries().length)
        for (const one of tokens) expect(set.refusal(one) !== undefined).toBe(model.refuses(one))
      }),
      { numRuns: 300 },
    )
  })

  it('still finds every one of thousands after most others have gone', () => {
    const set = createRevocationSet()
    const uuid = (n: number): string => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`
    for (let n = 1; n <= 20_000; n++) set.apply(entry({ seq: n, id: uuid(n), expires: epochSeconds(n % 7 === 0 ? 6000 : 60) }))
    expect(set.expire(epochSeconds(120))).toBe(20_000 - 2857)
    for (let n = 1; n <= 20_000; n++) expect(set.refusal({ ...token, tokenId: tokenId(uuid(n)) }) === 'token').toBe(n % 7 === 0)
    for (let n = 1; n <= 20_000; n++) set.apply(entry({ seq: 20_000 + n, id: uuid(n) }))
    expect(set.size).toBe(20_000)
  })
})

/** `all` has no id. */
const normal = (one: RevocationEntry): RevocationEntry => (one.kind === 'all' ? { ...one, id: '' } : one)

function naiveSet() {
  let held: RevocationEntry[] = []
  return {
    apply(one: RevocationEntry): boolean {
      const before = held.find(({ kind, id }) => kind === one.kind && id === one.id)
      if (before !== undefined && before.seq >= one.seq) return false
      const both = before?.cutoff !== undefined && one.cutoff !== undefined
      const merged = both ? { ...one, cutoff: max(before.cutoff, one.cutoff), expires: max(before.expires, one.expires) } : one
      held = [...held.filter((other) => other !== before), merged]
      return true
    },
    expire(now: EpochSeconds): number {
      const before = held.length
      held = held.filter(({ expires }) => Math.floor(expires / 60) >= Math.floor(now / 60))
      return before - held.length
    },
    refuses: (one: RevocableToken) =>
      held.some(({ kind, id, cutoff }) => revocableId(one, kind) === id && (cutoff === undefined || one.grantedAt <= cutoff)),
    entries: () => held.toSorted((a, b) => a.seq - b.seq || 0),
  }
}

const max = (one: EpochSeconds | undefined, other: EpochSeconds | undefined): EpochSeconds => Math.max(one ?? 0, other ?? 0) as EpochSeconds
