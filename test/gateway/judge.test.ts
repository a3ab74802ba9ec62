import { createJudge } from '../../src/gateway/judge.js'
import type { RevocationKind } from '../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import { AUDIENCE, ISSUER, localKeys, NOW, signToken } from '../verification/signed-tokens.js'

/** A judge whose surroundings the test changes. */
function judgeAmid() {
  const amid = { nowMs: NOW * 1000, keysVersion: 1, revocationsVersion: 1, refusal: undefined as RevocationKind | undefined, asked: 0 }
  const time = {
    nowMs: () => amid.nowMs,
    now: () => epochSeconds(Math.floor(amid.nowMs / 1000)),
    ask: () => () => undefined,
    isKnown: () => true,
    hear: () => true,
  }
  const revocations = {
    refusal() {
      amid.asked++
      return amid.refusal
    },
    version: () => amid.revocationsVersion,
  }
  const unused = { exposed: () => [], published: () => undefined, seed: () => undefined }
  const keys = { find: localKeys, version: () => amid.keysVersion, ...unused }
  const settings = { issuer: ISSUER, audience: [AUDIENCE], clockTolerance: seconds(2), cacheTokens: 10 }
  return { amid, judge: createJudge({ settings, revocations, keys, time }) }
}

it('judges again at once only what it found good before', async () => {
  const { judge } = judgeAmid()
  const [good, bad] = [await signToken(), await signToken({ iss: 'https://evil.test' })]
  expect(judge.again(good)).toBeUndefined()
  const first = await judge.anew(good)
  await judge.anew(bad)
  expect([first.accepted, judge.again(good), judge.again(bad)]).toEqual([true, first, undefined])
})

it('does not take another token for it that has the same signature or the same claims', async () => {
  const { judge } = judgeAmid()
  const [token, twin] = [await signToken(), await signToken()]
  await judge.anew(token)
  const [header, , signature] = token.split('.')
  const [, otherClaims] = (await signToken({ scope: 'admin' })).split('.')
  expect([judge.again(twin), judge.again([header, otherClaims, signature].join('.'))]).toEqual([undefined, undefined])
})

it('refuses it in the second in which it expires, with the tolerance', async () => {
  const { amid, judge } = judgeAmid()
  const token = await signToken({ exp: NOW + 10 })
  await judge.anew(token)
  amid.nowMs = (NOW + 12) * 1000 - 1
  expect(judge.again(token)).toMatchObject({ accepted: true })
  amid.nowMs += 1
  expect(judge.again(token)).toEqual({ accepted: false, reason: 'expired' })
})

it('looks at the revocations only when they have changed, and refuses for as long as one hits it', async () => {
  const { amid, judge } = judgeAmid()
  const token = await signToken()
  await judge.anew(token)
  amid.asked = 0
  for (let n = 0; n < 5; n++) judge.again(token)
  expect(amid.asked).toBe(0)
  amid.revocationsVersion++
  amid.refusal = 'client'
  expect([judge.again(token), judge.again(token)]).toEqual(Array(2).fill({ accepted: false, reason: 'revoked' }))
  amid.revocationsVersion++
  amid.refusal = undefined
  expect(judge.again(token)).toMatchObject({ accepted: true })
})

it('verifies it anew when other keys were read', async () => {
  const { amid, judge } = judgeAmid()
  const token = await signToken()
  await judge.anew(token)
  amid.keysVersion++
  expect(judge.again(token)).toBeUndefined()
})

it('forgets it after five minutes', async () => {
  const { amid, judge } = judgeAmid()
  const token = await signToken()
  await judge.anew(token)
  amid.nowMs += 300_000
  expect(judge.again(token)).toBeUndefined()
})
