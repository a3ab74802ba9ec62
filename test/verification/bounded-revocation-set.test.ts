import fc from 'fast-check'
import type { RevocableToken } from '../../src/model/claims.js'
import { clientId, grantId, keyId, subject, tokenId } from '../../src/model/ids.js'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { type EpochSeconds, epochSeconds } from '../../src/model/time.js'
import { createBoundedRevocationSet } from '../../src/verification/bounded-revocation-set.js'
import { createRevocationSet } from '../../src/verification/revocation-set.js'
import { NOW } from './signed-tokens.js'

const EXPIRES = epochSeconds(NOW + 7200)
const createSet = (maxEntries: number, time: 'known' | 'unknown' = 'known') =>
  createBoundedRevocationSet({ maxEntries, now: () => (time === 'known' ? epochSeconds(NOW) : undefined) })

function entry(seq: number, id: string, client?: string, parts: Partial<RevocationEntry> = {}): RevocationEntry {
  return { seq, kind: 'token', id, cutoff: undefined, expires: EXPIRES, ...(client !== undefined && { client }), ...parts }
}

function token(id: string, client: string, parts: Partial<RevocableToken> = {}): RevocableToken {
  return {
    tokenId: tokenId(id),
    grantId: grantId(`g-${id}`),
    keyId: keyId('k1'),
    clientId: clientId(client),
    subject: subject('somebody'),
    authorizedType: 'APPLICATION',
    grantedAt: epochSeconds(NOW - 60),
    ...parts,
  }
}

describe('a set that is not full', () => {
  it('holds every entry as it is, and doubts nothing', () => {
    const set = createSet(1000)
    for (let seq = 1; seq <= 800; seq++) set.apply(entry(seq, `t${seq}`, 'c'))
    expect([set.size, set.coarse]).toEqual([800, 0])
    expect([set.refusal(token('t7', 'c')), set.isDoubtful(token('t7', 'c')), set.isDoubtful(token('other', 'c'))]).toEqual(['token', false, false])
  })
})

describe('a set that becomes full', () => {
  it('puts the entries of the client with most of them together, and leaves everybody else alone', () => {
    const set = createSet(1000)
    let largest = 0
    for (let seq = 1; seq <= 100; seq++) set.apply(entry(seq, `quiet${seq}`, 'quiet'))
    for (let seq = 101; seq <= 20_000; seq++) {
      set.apply(entry(seq, `loud${seq}`, 'loud'))
      largest = Math.max(largest, set.size)
    }
    expect([largest <= 1000, set.coarse]).toEqual([true, 1])
    expect([set.refusal(token('quiet1', 'quiet')), set.isDoubtful(token('new', 'quiet'))]).toEqual(['token', false])
    expect([set.refusal(token('loud101', 'loud')), set.isDoubtful(token('loud101', 'loud'))]).toEqual([undefined, true])
    expect(set.isDoubtful(token('new', 'loud', { grantedAt: epochSeconds(NOW + 60) }))).toBe(false)
  })

  it('puts everything together where no client has many, but neither keys nor clients', () => {
    const set = createSet(160)
    set.apply(entry(1, 'k9', undefined, { kind: 'key' }))
    set.apply(entry(2, 'gone', undefined, { kind: 'client' }))
    set.apply(entry(3, 'user', undefined, { kind: 'subject', cutoff: epochSeconds(NOW + 5) }))
    for (let seq = 4; seq <= 5000; seq++) set.apply(entry(seq, `t${seq}`, `c${seq}`))
    expect([set.size <= 160, set.coarse]).toEqual([true, 1])
    expect(set.refusal(token('x', 'y', { keyId: keyId('k9') }))).toBe('key')
    expect(set.refusal(token('x', 'gone'))).toBe('client')
    expect(set.isDoubtful(token('x', 'anybody'))).toBe(true)
  })

  it('doubts tokens of every time where an entry without a cut-off was among them', () => {
    const set = createSet(16)
    for (let seq = 1; seq <= 100; seq++) set.apply(entry(seq, `u${seq}`, undefined, { kind: 'subject' }))
    expect(set.isDoubtful(token('x', 'y', { grantedAt: epochSeconds(NOW + 9_999_999) }))).toBe(true)
  })

  it('doubts until the last token has expired, while the time of the server is not known', () => {
    const set = createSet(32, 'unknown')
    for (let seq = 1; seq <= 100; seq++) set.apply(entry(seq, `t${seq}`, 'c'))
    expect([EXPIRES, EXPIRES + 1].map((grantedAt) => set.isDoubtful(token('x', 'c', { grantedAt: epochSeconds(grantedAt) })))).toEqual([true, false])
  })

  it('stops to doubt when the last entry of a cut-off has expired', () => {
    const set = createSet(32)
    for (let seq = 1; seq <= 100; seq++) set.apply(entry(seq, `t${seq}`, 'c', { expires: epochSeconds(NOW + seq) }))
    set.expire(epochSeconds(NOW + 100))
    expect(set.isDoubtful(token('x', 'c'))).toBe(true)
    set.expire(epochSeconds(NOW + 160))
    expect([set.isDoubtful(token('x', 'c')), set.coarse]).toEqual([false, 0])
  })
})

it('forgets nothing: what an unbounded set refuses, a bounded one refuses or doubts', () => {
  const kinds = fc.constantFrom('token', 'grant', 'subject', 'client', 'key') as fc.Arbitrary<RevocationEntry['kind']>
  const one = fc.record({
    kind: kinds,
    who: fc.nat(400),
    client: fc.option(fc.nat(3), { nil: undefined }),
    cutoff: fc.option(fc.integer({ min: NOW - 100, max: NOW + 10 }), { nil: undefined }),
    lives: fc.integer({ min: 1, max: 5000 }),
  })
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 50, maxLength: 400 }),
      fc.integer({ min: 16, max: 100 }),
      fc.boolean(),
      (events, maxEntries, knowsTime) => {
        const whole = createRevocationSet()
        const bounded = createBoundedRevocationSet({ maxEntries, now: () => (knowsTime ? epochSeconds(NOW) : undefined) })
        events.forEach(({ kind, who, client = who % 4, cutoff, lives }, n) => {
          const isToken = kind === 'token' || kind === 'grant'
          const owner = isToken ? `c${who % 4}` : undefined
          const made = entry(n + 1, idOf(kind, who), client === 0 ? undefined : owner, {
            kind,
            cutoff: kind === 'subject' || kind === 'client' ? (cutoff as EpochSeconds | undefined) : undefined,
            expires: epochSeconds(NOW + lives),
          })
          for (const set of [whole, bounded]) set.apply(made)
        })
        for (let who = 0; who <= 400; who += 3) {
          const presented = token(idOf('token', who), `c${who % 4}`, {
            grantId: grantId(idOf('grant', who)),
            subject: subject(idOf('subject', who)),
            authorizedType: 'APPLICATION_USER',
            keyId: keyId(idOf('key', who)),
            grantedAt: epochSeconds(NOW - (who % 100)),
          })
          if (whole.refusal(presented) !== undefined) expect(bounded.refusal(presented) !== undefined || bounded.isDoubtful(presented)).toBe(true)
        }
      },
    ),
    { numRuns: 50 },
  )
})

const idOf = (kind: string, who: number): string => (kind === 'client' ? `c${who % 4}` : `${kind}-${who}`)
