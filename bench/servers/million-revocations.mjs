// A process of its own: what a gateway's set of revocations needs of memory, and how long a look at it takes. Started with --expose-gc.
import { randomUUID } from 'node:crypto'
import { createRevocationSet } from '../../dist/verification/revocation-set.js'

const COUNT = Number(process.argv[2])
const STEP = 20_000
const LOOKS = 1_000_000
const now = Math.floor(Date.now() / 1000)
const collect = globalThis.gc

function fill(set, from, to, keep) {
  for (let seq = from; seq <= to; seq++) {
    const id = randomUUID()
    if (seq % 100 === 0) keep.push(id)
    set.apply({ seq, kind: seq % 10 === 9 ? 'grant' : 'token', id, cutoff: undefined, expires: now + 60 + (seq % 86_400) })
  }
}

/** CPU µs for one look-up: of the `jti` of a token without a grant. */
function measureLooks(set, idAt) {
  const ids = Array.from({ length: 4096 }, (_, n) => idAt(n))
  const tokens = ids.map((id) => ({
    tokenId: id,
    grantId: randomUUID(),
    keyId: 'k',
    clientId: 'c',
    subject: 'c',
    authorizedType: 'APPLICATION',
    grantedAt: now,
  }))
  let hits = 0
  const before = process.cpuUsage()
  for (let n = 0; n < LOOKS; n++) if (set.refusal(tokens[n & 4095]) !== undefined) hits++
  const { user, system } = process.cpuUsage(before)
  return { micros: (user + system) / LOOKS, hits: hits / LOOKS }
}

const warm = createRevocationSet()
fill(warm, 1, STEP, [])
measureLooks(warm, () => randomUUID())
warm.clear()
collect()
const set = createRevocationSet()
const known = []
const before = process.memoryUsage.rss()
for (let from = 1; from <= COUNT; from += STEP) {
  fill(set, from, Math.min(COUNT, from + STEP - 1), known)
  collect()
}
const bytes = process.memoryUsage.rss() - before
const hit = measureLooks(set, (n) => known[(n * 7919) % known.length])
const miss = measureLooks(set, () => randomUUID())
process.stdout.write(JSON.stringify({ entries: set.size, bytes, hit, miss }))
