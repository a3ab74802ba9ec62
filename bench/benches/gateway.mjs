// What it costs a gateway to judge a token: one that it has seen before, and a new one; and what a million revocations need.
import { execFileSync } from 'node:child_process'
import { verify } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createVerifier } from 'fast-jwt'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { createTokenVerifier } from '../../dist/gateway/index.js'
import { median } from '../load/median.mjs'
import { ALGORITHM_NAMES, createTokens } from '../load/signed-tokens.mjs'
import { startFeed } from '../servers/feed-on-loopback.mjs'

const SET_PROCESS = fileURLToPath(new URL('../servers/million-revocations.mjs', import.meta.url))
const KNOWN = 1000
const USAGE = `usage: npm run bench -- gateway [--rounds N] [--tokens N] [--entries N] [--algorithm ${ALGORITHM_NAMES.join('|')}] [--json]\n`

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      tokens: { type: 'string', default: '4000' },
      entries: { type: 'string', default: '1000000' },
      algorithm: { type: 'string', default: 'ES256' },
      json: { type: 'boolean', default: false },
    },
  })
  const options = { ...values, rounds: Number(values.rounds), tokens: Number(values.tokens), entries: Number(values.entries) }
  for (const name of ['rounds', 'tokens', 'entries'])
    if (!Number.isInteger(options[name]) || options[name] < 1) throw new TypeError(`--${name} has to be a whole number from 1`)
  if (!ALGORITHM_NAMES.includes(options.algorithm)) throw new TypeError(`--algorithm knows ${ALGORITHM_NAMES.join(', ')}`)
  return options
}

/** Each takes a token as it comes out of a request, and gives a truth value, or a promise of one. */
function contestants({ tokens, verifier, issuer, algorithm }) {
  const key = algorithm === 'ES256' ? { key: tokens.publicKey, dsaEncoding: 'ieee-p1363' } : tokens.publicKey
  const pem = tokens.publicKey.export({ type: 'spki', format: 'pem' })
  const keySet = createLocalJWKSet(tokens.jwks)
  const rules = { allowedIss: issuer, allowedAud: issuer, algorithms: [algorithm] }
  const cached = createVerifier({ ...rules, key: pem, cache: KNOWN * 2 })
  const uncached = createVerifier({ ...rules, key: pem })
  const bare = (token) => {
    const end = token.lastIndexOf('.')
    return verify('sha256', Buffer.from(token.slice(0, end), 'latin1'), key, Buffer.from(token.slice(end + 1), 'base64url'))
  }
  const jeton = async (token) => (await verifier.verify(token)).accepted
  const jose = async (token) => (await jwtVerify(token, keySet, { issuer, audience: issuer, typ: 'at+jwt' })).payload.iss === issuer
  return {
    seen: { jeton, 'fast-jwt, cache': (token) => cached(token).iss === issuer, jose },
    anew: { 'node:crypto alone': bare, jeton, 'fast-jwt': (token) => uncached(token).iss === issuer, jose },
  }
}

/** CPU µs a token (all threads), and tokens a second. Every token is a new string, as the parser of HTTP makes them. */
async function measure(judge, bytes, times) {
  const cpu = process.cpuUsage()
  const began = performance.now()
  for (let n = 0; n < times; n++) {
    const verdict = judge(bytes[n % bytes.length].latin1Slice())
    if ((typeof verdict === 'boolean' ? verdict : await verdict) !== true) throw new Error('a good token was refused')
  }
  const { user, system } = process.cpuUsage(cpu)
  return { micros: (user + system) / times, aSecond: (times * 1000) / (performance.now() - began) }
}

/** Rounds interleave, each beginning with another contestant: what disturbs the machine disturbs all of them. */
async function compete(judges, rounds, { bytesFor, timesFor }) {
  const names = Object.keys(judges)
  const found = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (let n = 0; n < names.length; n++) {
      const name = names[(n + round) % names.length]
      const result = await measure(judges[name], bytesFor(), timesFor(name))
      // The first round is for the compiler.
      if (round > 0) found[name].push(result)
    }
  }
  return Object.fromEntries(
    names.map((name) => [
      name,
      { micros: median(found[name].map(({ micros }) => micros)), aSecond: median(found[name].map(({ aSecond }) => aSecond)), all: found[name] },
    ]),
  )
}

/** The median of the rounds' own ratios. */
const ratio = (one, other) => median(one.all.map(({ micros }, round) => micros / other.all[round].micros))

async function measureVerification({ rounds, tokens: count, algorithm }) {
  const tokens = createTokens(algorithm)
  const feed = await startFeed(tokens.jwks)
  const settings = { issuer: feed.url, audience: feed.url, feed: { url: feed.url, clientId: 'gateway', clientSecret: 'secret' } }
  const verifier = await createTokenVerifier(settings)
  try {
    const { seen, anew } = contestants({ tokens, verifier, issuer: feed.url, algorithm })
    const make = (size) => tokens.make(size, feed.url).map((token) => Buffer.from(token, 'latin1'))
    const known = make(KNOWN)
    const isFast = (name) => name !== 'jose'
    return {
      seen: await compete(seen, rounds, { bytesFor: () => known, timesFor: (name) => (isFast(name) ? 200_000 : count) }),
      anew: await compete(anew, rounds, { bytesFor: () => make(count), timesFor: () => count }),
    }
  } finally {
    await verifier.close()
    feed.close()
  }
}

function formatReport({ node, algorithm, entries, seen, anew, revocations }) {
  const rows = (results) =>
    Object.entries(results).map(
      ([name, { micros, aSecond }]) =>
        `${name.padEnd(24)}${micros.toFixed(2).padStart(12)}${Math.round(1e6 / micros)
          .toString()
          .padStart(16)}${Math.round(aSecond).toString().padStart(14)}`,
    )
  const title = (text) => `${text.padEnd(24)}${'CPU µs each'.padStart(12)}${'a CPU second'.padStart(16)}${'on the clock'.padStart(14)}`
  const { bytes, hit, miss } = revocations
  return `${[
    `gateway: Node ${node}, ${process.platform} ${process.arch}, ${algorithm}, one thread`,
    title('a token seen before'),
    ...rows(seen),
    title('a new token'),
    ...rows(anew),
    `a new one costs ${ratio(anew.jeton, anew['node:crypto alone']).toFixed(2)} times what node:crypto alone needs for its signature`,
    `${entries} revocations: ${(bytes / 2 ** 20).toFixed(1)} MiB resident; a look-up ${hit.micros.toFixed(2)} µs where it is there, ${miss.micros.toFixed(2)} µs where it is not`,
  ].join('\n')}\n`
}

/** @returns the exit code. */
export async function run(args) {
  let options
  try {
    options = readOptions(args)
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}`)
    return 2
  }
  const { algorithm, entries } = options
  const revocations = JSON.parse(execFileSync(process.execPath, ['--expose-gc', SET_PROCESS, String(entries)], { encoding: 'utf8' }))
  const report = { bench: 'gateway', node: process.versions.node, algorithm, entries, ...(await measureVerification(options)), revocations }
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report))
  return 0
}
