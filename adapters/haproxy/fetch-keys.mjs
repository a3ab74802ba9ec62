#!/usr/bin/env node
// Writes the issuer's keys as HAProxy wants them:  fetch-keys.mjs https://jeton.example.com/oauth2/jwks /etc/haproxy/jeton
// Exits with 10 when they have changed: HAProxy reads keys at its start only, so it has to be reloaded then.
import { createHash, createPublicKey } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What `jwt_verify` of HAProxy 2.6 can do of what Jeton signs with. */
const ALGORITHMS = ['ES256', 'RS256']
const LEAST_RSA_BYTES = 256
const MAPS = ['state', 'token', 'grant', 'key', 'subject', 'client', 'all']

const [, , url, folder] = process.argv
if (url === undefined || folder === undefined) {
  process.stderr.write('usage: fetch-keys.mjs JWKS_URL FOLDER\n')
  process.exit(2)
}
process.exitCode = (await write(await fetchKeys(url), resolve(folder))) ? 10 : 0

async function fetchKeys(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`)
  const { keys } = await answer.json()
  const usable = keys.filter(isUsable)
  for (const key of keys) if (!usable.includes(key)) process.stderr.write(`HAProxy cannot use the key ${JSON.stringify(key.kid)} (${key.alg})\n`)
  // Rather the old keys than none.
  if (usable.length === 0) throw new Error('no key that HAProxy can use')
  return usable
}

/** One whose private half was published is known to everybody. */
function isUsable({ kid, alg, use, d, n }) {
  const isShort = n !== undefined && Buffer.from(n, 'base64url').length < LEAST_RSA_BYTES
  return typeof kid === 'string' && ALGORITHMS.includes(alg) && use !== 'enc' && d === undefined && !isShort
}

/** @returns whether anything has changed. */
function write(keys, folder) {
  mkdirSync(folder, { recursive: true })
  const nameOf = ({ kid }) => `${createHash('sha256').update(kid).digest('hex').slice(0, 32)}.pem`
  const idOf = ({ kid }) => Buffer.from(kid).toString('hex').toUpperCase()
  let isChanged = false
  const put = (name, text) => {
    const file = join(folder, name)
    if (contentOf(file) === text) return
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
    isChanged = true
  }
  for (const key of keys) put(nameOf(key), createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
  put('keys.map', keys.map((key) => `${idOf(key)} ${join(folder, nameOf(key))}\n`).join(''))
  put('algorithms.map', keys.map((key) => `${idOf(key)} ${key.alg}\n`).join(''))
  // jwt_verify finds only keys that the configuration names somewhere. Nobody ever comes to this backend.
  const rule = (key) => `    http-request set-var(txn.none) str(),jwt_verify(${key.alg},${join(folder, nameOf(key))})\n`
  put('keys.cfg', `backend jeton_keys\n${keys.map(rule).join('')}`)
  // Empty: the sidecar fills those of the running HAProxy.
  for (const map of MAPS) if (contentOf(join(folder, `${map}.map`)) === undefined) put(`${map}.map`, '')
  return isChanged
}

function contentOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
