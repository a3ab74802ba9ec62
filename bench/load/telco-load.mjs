// The load of the telco's case, a process of its own: constant rates, refreshes over every one of a great many grants.
import { createHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnectionPool } from './connection-pool.mjs'
import { openMint } from './mint.mjs'
import { runSchedule } from './schedule.mjs'
import { createTelcoOperations } from './telco-operations.mjs'

const MOST_CONNECTIONS = 256
const DRAIN_MS = 10_000

/** What happened to one kind of operation within a minute. */
const newTally = () => ({ latencies: createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 }), ok: 0, refused: {} })

function createMinutes(names) {
  const minutes = []
  const open = () => minutes.push(Object.fromEntries(names.map((name) => [name, newTally()])))
  open()
  return {
    open,
    record(name, scheduledMs, outcome) {
      const tally = minutes.at(-1)[name]
      tally.latencies.record(Math.max(1, Math.round((performance.now() - scheduledMs) * 1000)))
      if (outcome === 'ok') tally.ok += 1
      else tally.refused[outcome] = (tally.refused[outcome] ?? 0) + 1
    },
    /** Percentiles of all operations from minute `from` to minute `to`, and of each kind. */
    summarize(from, to) {
      const all = newTally()
      const kinds = Object.fromEntries(names.map((name) => [name, newTally()]))
      for (const minute of minutes.slice(from, to)) {
        for (const name of names) for (const total of [all, kinds[name]]) addTally(total, minute[name])
      }
      return { ...describe(all), kinds: Object.fromEntries(names.map((name) => [name, describe(kinds[name])])) }
    },
    count: () => minutes.length,
  }
}

function addTally(total, { latencies, ok, refused }) {
  if (latencies.count > 0) total.latencies.add(latencies)
  total.ok += ok
  for (const [outcome, times] of Object.entries(refused)) total.refused[outcome] = (total.refused[outcome] ?? 0) + times
}

function describe({ latencies, ok, refused }) {
  const ms = (share) => latencies.percentile(share) / 1000
  return { answered: latencies.count, ok, refused, p50Ms: ms(50), p99Ms: ms(99), maxMs: latencies.count === 0 ? 0 : latencies.max / 1000 }
}

async function run({ port, minutes: length, warmUpSeconds, mint, grants, credentials, rates }) {
  const pool = createConnectionPool(port, MOST_CONNECTIONS)
  const operations = createTelcoOperations({ port, mint: await openMint(mint, grants), grants, credentials })
  let underWay = 0
  let due = 0
  let minutes
  const schedule = Object.entries(rates).map(([name, rate]) => ({
    rate,
    start(scheduledMs) {
      const { request, judge } = operations[name]()
      const recorder = minutes
      underWay += 1
      if (recorder !== undefined) due += 1
      pool
        .exchange(request)
        .then(judge, () => 'broken')
        .then((outcome) => recorder?.record(name, scheduledMs, outcome))
        .finally(() => {
          underWay -= 1
        })
    },
  }))
  await runSchedule(schedule, { seconds: warmUpSeconds })
  minutes = createMinutes(Object.keys(rates))
  process.send({ began: true })
  const ticking = setInterval(() => {
    const ended = minutes.count()
    minutes.open()
    process.send({ minute: ended, ...minutes.summarize(ended - 1, ended), waiting: pool.waiting() })
  }, 60_000)
  await runSchedule(schedule, { seconds: length * 60 })
  clearInterval(ticking)
  for (let waited = 0; underWay > 0 && waited < DRAIN_MS; waited += 50) await sleep(50)
  if (minutes.count() === length) process.send({ minute: length, ...minutes.summarize(length - 1, length), waiting: pool.waiting() })
  pool.end()
  const span = Math.max(1, Math.min(5, Math.floor(length / 2)))
  return {
    due,
    lost: underWay,
    span,
    first: minutes.summarize(0, span),
    last: minutes.summarize(length - span, length + 1),
    whole: minutes.summarize(0, length + 1),
  }
}

process.on('message', async (job) => {
  try {
    process.send({ result: await run(job) })
  } catch (error) {
    process.send({ error: error.stack })
  }
})
process.once('disconnect', () => process.exit())
