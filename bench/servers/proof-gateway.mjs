// One gateway, in a process of its own, in the folder in which the package was installed: `jeton/gateway` is that of the package.
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { createTokenVerifier } from 'jeton/gateway'
import { identifierAt, kindAt } from './seeded.mjs'

const events = {}
const settings = JSON.parse(process.argv[2])
const verifier = await createTokenVerifier({
  ...settings,
  cacheTokens: 0,
  onEvent({ type, message }) {
    const name = message === undefined ? type : `${type}: ${message}`
    events[name] = (events[name] ?? 0) + 1
  },
})

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/**
 * Asks for every identifier whether a token with it is refused. Five million signatures would take most of an hour, and it is the set that is
 * asked here: meanwhile signatures count as good. Those of the feed, and of the tokens of `judge`, are looked at.
 */
async function ask({ template, seed, from, to, grantToken }) {
  const { verify } = crypto
  const [head, payload, signature] = template.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  crypto.verify = () => true
  syncBuiltinESMExports()
  const counts = { refused: 0, accepted: 0, other: 0, first: undefined }
  for (let place = from; place < to; place++) {
    const id = identifierAt(seed, place)
    const own = kindAt(place) === 'grant' ? { grant_id: id } : { jti: id }
    const verdict = await verifier.verify(`${head}.${encode({ ...claims, ...grantToken, ...own })}.${signature}`, { beyond: 'closed' })
    const outcome = verdict.accepted ? 'accepted' : verdict.reason === 'revoked' ? 'refused' : 'other'
    counts[outcome]++
    if (outcome === 'accepted') counts.first ??= place
    // Heartbeats have to be read meanwhile.
    if (place % 500 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  crypto.verify = verify
  syncBuiltinESMExports()
  return counts
}

/** Whole tokens, with their signatures. @returns how many of them are refused as revoked, and how many are accepted. */
async function judge({ tokens }) {
  const verdicts = await Promise.all(tokens.map((token) => verifier.verify(token, { beyond: 'closed' })))
  const refused = verdicts.filter(({ reason }) => reason === 'revoked').length
  return { refused, accepted: verdicts.filter(({ accepted }) => accepted).length }
}

const ANSWERS = { ask, judge, state: () => verifier.staleness(), counts: () => verifier.counts(), events: () => events }

process.on('message', async ({ number, what, ...about }) => {
  process.send({ number, answer: await ANSWERS[what](about) })
})
process.on('disconnect', () => process.exit())
process.send({ number: 0, answer: import.meta.resolve('jeton/gateway') })
