import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMicros } from './cpu-time.mjs'
import { createChoice, identifierAt, kindAt } from './seeded.mjs'

const BATCH = 500
/** In seconds: no entry may leave while this runs. */
const LIFETIME = 7200
/** Further behind than this, gateways would get it all in one snapshot, and the changes would not be tried. */
const MOST_BEHIND = 50_000
/** Of those that were not revoked so many are asked for, and so many tokens are judged with their signatures. */
const SAMPLE = 10_000
const WHOLE_TOKENS = 500
const QUIET_WITHIN_MS = 300_000
const LOOK_MS = 20

/** @returns what was found, as JSON has it. */
export async function proveFeed(stage, options) {
  const { revocations, missed, seconds, seed, partition, swallow } = options
  const grants = await revokeWholeTokens(stage)
  const recorder = createRecorder(stage, seed)
  const before = revocations - missed
  if (swallow) for (const line of stage.lines) line.swallowOne()
  const faults = breakLines(stage, seed)
  const startedAt = performance.now()
  await recorder.upTo(before, async (seq, done) => {
    await sleep(startedAt + (done / before) * seconds * 1000 - performance.now())
    await notFarAhead(stage, seq)
  })
  const recordedMs = performance.now() - startedAt
  await faults.stop()
  await untilAtHead(stage, recorder.seq())
  const quietMs = performance.now() - startedAt
  const healed = await partitionLines(stage, recorder, { revocations, missed, partition })
  return {
    ...{ recordedMs, quietMs, ...healed, lines: stage.lines.map(({ counts }) => counts), dependencies: stage.dependencies },
    ...{ events: await askAll(stage, 'events'), counts: await askAll(stage, 'counts') },
    ...{ asked: await askForAll(stage, { seed, revocations }), whole: await judgeWhole(stage, grants) },
  }
}

const askAll = ({ gateways }, what, about) => Promise.all(gateways.map((one) => one.ask(what, about)))

/** Appends to the log as a node does that is not this server, which reads it and tells the gateways. */
function createRecorder({ log }, seed) {
  const expiresAt = Math.floor(Date.now() / 1000) + LIFETIME
  let done = 0
  let seq = 0
  return {
    seq: () => seq,
    async upTo(end, pace) {
      while (done < end) {
        const batch = Array.from({ length: Math.min(BATCH, end - done) }, (_, index) => {
          const place = done + index
          return { kind: kindAt(place), id: identifierAt(seed, place), expiresAt }
        })
        seq = (await log.append(batch)).at(-1).seq
        done += batch.length
        await pace(seq, done)
      }
    },
  }
}

async function notFarAhead(stage, seq) {
  while ((await askAll(stage, 'state')).some((state) => state.seq < seq - MOST_BEHIND)) await sleep(LOOK_MS)
}

const untilAtHead = (stage, seq) => until(stage, seq, (state) => state.seq >= seq && state.state === 'fresh')

async function until(stage, seq, isThere) {
  const deadline = performance.now() + QUIET_WITHIN_MS
  while (!(await askAll(stage, 'state')).every(isThere)) {
    if (performance.now() > deadline) throw new Error(`not every gateway came to ${seq}: ${JSON.stringify(await askAll(stage, 'state'))}`)
    await sleep(LOOK_MS)
  }
}

/** Each line by choices of its own, until `stop`. */
function breakLines({ lines }, seed) {
  const stopping = new AbortController()
  const running = lines.map(async ({ faults }, index) => {
    const choose = createChoice(`${seed}:${index}`)
    const kinds = Object.keys(faults)
    while (!stopping.signal.aborted) {
      await sleep(50 + choose(1500))
      const kind = kinds[Math.floor(choose(kinds.length))]
      // One in three stalls is longer than the silence that a gateway bears.
      await faults[kind](kind === 'stall' ? choose(4500) : choose(1000))
    }
  })
  return {
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}

/**
 * @returns for each gateway after how many milliseconds it had heard the first of what it missed, and was at the head again, and confirmed; and what CPU all of them used meanwhile,
 * in milliseconds; undefined where that cannot be known.
 */
async function partitionLines(stage, recorder, { revocations, missed, partition }) {
  const heal = stage.lines.map((line) => line.blackHole())
  const endAt = performance.now() + partition * 1000
  const batches = Math.ceil(missed / BATCH)
  const restMs = (partition * 900) / batches
  await recorder.upTo(revocations, () => sleep(restMs))
  await sleep(Math.max(0, endAt - performance.now()))
  for (const one of heal) one()
  const cpuBefore = cpuOf(stage)
  const healedAt = performance.now()
  const recoveries = await Promise.all(stage.gateways.map((one) => recoveryOf({ ...stage, gateways: [one] }, recorder.seq(), { missed, healedAt })))
  const cpuMs = Object.entries(cpuOf(stage)).map(([name, micros]) => [name, (micros - cpuBefore[name]) / 1000])
  const of = (name) => recoveries.map((one) => one[name])
  return { noticedMs: of('noticedMs'), recoveryMs: of('recoveryMs'), cpuMs: Object.fromEntries(cpuMs) }
}

async function recoveryOf(stage, seq, { missed, healedAt }) {
  await until(stage, seq, (state) => state.seq > seq - missed)
  const noticedMs = performance.now() - healedAt
  await untilAtHead(stage, seq)
  return { noticedMs, recoveryMs: performance.now() - healedAt }
}

function cpuOf({ server, gateways }) {
  const all = gateways.reduce((sum, { pid }) => sum + cpuMicros(pid), 0)
  return { server: cpuMicros(server.pid), gateways: all, lines: cpuMicros(process.pid) }
}

async function revokeWholeTokens({ log }) {
  const grants = Array.from({ length: WHOLE_TOKENS }, () => randomUUID())
  await log.append(grants.map((id) => ({ kind: 'grant', id })))
  return grants
}

/** Of each gateway: whole tokens of revoked grants that it refuses, and of other grants that it accepts. */
async function judgeWhole(stage, grants) {
  const revoked = await askAll(stage, 'judge', { tokens: grants.map((id) => stage.mint.accessToken(id)) })
  const good = await askAll(stage, 'judge', { tokens: grants.map(() => stage.mint.accessToken()) })
  return revoked.map(({ refused }, index) => ({ of: grants.length, refused, accepted: good[index].accepted }))
}

async function askForAll(stage, { seed, revocations }) {
  const about = { template: stage.mint.accessToken(), seed }
  const revoked = await askAll(stage, 'ask', { ...about, from: 0, to: revocations })
  const others = await askAll(stage, 'ask', { ...about, from: revocations, to: revocations + SAMPLE })
  return revoked.map(({ refused, accepted, other, first }, index) => ({
    ...{ refused, missed: accepted, unjudged: other, firstMissed: first },
    ...{ othersAsked: SAMPLE, othersAccepted: others[index].accepted },
  }))
}
