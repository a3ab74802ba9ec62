import { readKit } from '../../../src/main/conformance/kit.js'
import { epochSeconds, seconds } from '../../../src/model/time.js'
import { parseAccessTokenClaims } from '../../../src/verification/access-token-claims.js'
import { parseEntry } from '../../../src/verification/feed-entry.js'
import { ACCESS_ALGORITHMS } from '../../../src/verification/jws-signature.js'
import { parsePublicKeySet } from '../../../src/verification/public-jwk.js'
import { createRevocationSet } from '../../../src/verification/revocation-set.js'
import { createAccessTokenVerifier } from '../../../src/verification/verify-access-token.js'

const kit = readKit()
const set = createRevocationSet()
const now = epochSeconds(1_800_000_000)
const verify = createAccessTokenVerifier(
  { issuer: kit.issuer, audience: [kit.audience], algorithms: ACCESS_ALGORITHMS, clockTolerance: seconds(0), longestLifetime: undefined },
  parsePublicKeySet(kit.jwks).find,
  set.refusal,
  { now: () => now, nowMs: () => now * 1000 },
)
const tokens = new Map(kit.tokens.map(({ name, token }) => [name, token]))
const verdictOn = async (name: string) => ((await verify(tokens.get(name) ?? '')).accepted ? 'accept' : 'refuse')

it('names no token twice, and has none twice', () => {
  expect([tokens.size, new Set(tokens.values()).size]).toEqual([kit.tokens.length, kit.tokens.length])
})

it.each(kit.tokens.map(({ name, expect: expected }) => [expected, name] as const))('says %s: %s', async (expected, name) => {
  expect(await verdictOn(name)).toBe(expected)
})

it('is the kit that its maker makes: every good token says what it is about', () => {
  const good = kit.tokens.filter(({ expect: expected }) => expected === 'accept')
  const claims = good.map(({ token }) =>
    parseAccessTokenClaims(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()), 'k' as never),
  )
  expect(claims.every((one) => one?.issuer === kit.issuer)).toBe(true)
})

it('is played to the end as it says', async () => {
  for (const [n, step] of kit.play.entries()) {
    set.apply(parseEntry({ ...step.entry, seq: n + 1 }))
    const verdicts = await Promise.all([...step.refuse, ...step.accept].map(async (name) => [step.name, name, await verdictOn(name)]))
    expect(verdicts).toEqual([...step.refuse.map((name) => [step.name, name, 'refuse']), ...step.accept.map((name) => [step.name, name, 'accept'])])
  }
})
