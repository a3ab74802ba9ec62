// How long it takes to purge a partition of very many rows by dropping it, and how long others wait who write meanwhile.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createDatabaseSession } from '../../dist/adapters/prisma/database-session.js'
import { openDatabase } from '../../dist/adapters/prisma/open-database.js'
import { createPartitionDropper } from '../../dist/adapters/prisma/partitions/partition-dropper.js'
import { LOG_TABLE } from '../../dist/adapters/prisma/partitions/partitioned-tables.js'
import { createPartitionedTarget } from '../../dist/adapters/prisma/purge/partitioned-target.js'
import { prepareEntries } from '../../dist/adapters/prisma/purge/prepare-entries.js'
import { createRevocationsTarget } from '../../dist/adapters/prisma/purge/revocations-target.js'
import { createBenchDatabase, openEngine } from '../databases/bench-database.mjs'
import { layOut } from '../databases/lay-out.mjs'
import { watchLatency } from '../load/longest-wait.mjs'

const ENGINES = ['postgres', 'mysql']
const USAGE = `usage: npm run bench -- partitions [--engine ${ENGINES.join('|')}] [--url URL] [--rows N] [--json]\n`
const DAY = 86_400
const ROWS_A_STATEMENT = 250_000
const ROWS_A_BATCH = 10_000
const QUIET_MS = 5_000
/** How long somebody else has the table in the second part. */
const HELD_MS = 3_000

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      engine: { type: 'string', default: 'postgres' },
      url: { type: 'string' },
      rows: { type: 'string', default: '5000000' },
      json: { type: 'boolean', default: false },
    },
  })
  const options = { ...values, rows: Number(values.rows) }
  if (!ENGINES.includes(options.engine)) throw new TypeError(`--engine knows ${ENGINES.join(', ')}`)
  if (!Number.isInteger(options.rows) || options.rows < 1) throw new TypeError('--rows has to be a whole number from 1')
  return options
}

/** Two days in the past: one partition for all of them, and one that somebody holds open. */
const rangesBefore = (now) => [
  { from: undefined, to: now - 2 * DAY },
  { from: now - 2 * DAY, to: now - DAY },
  { from: now - DAY, to: now + DAY },
]

/** Entries of tokens, as the log has them; written by the server itself. */
async function seed({ client, dialect }, { rows, now }) {
  for (let from = 0; from < rows; from += ROWS_A_STATEMENT) {
    const to = Math.min(rows, from + ROWS_A_STATEMENT)
    const numbers =
      dialect.name === 'postgresql' ? `generate_series(${from + 1}, ${to}) AS S (N)` : `(SELECT seq AS N FROM seq_${from + 1}_to_${to}) S`
    await client.$executeRawUnsafe(`
      INSERT INTO JETON_REVOCATION (SEQ, KIND, ID, EXPIRES, CREATED_AT, PURGE_AFTER)
      SELECT N, 'token', CONCAT('00000000-0000-4000-8000-', N), ${now - 3 * DAY}, ${now - 4 * DAY}, ${now - 3 * DAY} FROM ${numbers}`)
  }
  await client.$executeRawUnsafe(`UPDATE JETON_HEAD SET SEQ = ${rows} WHERE ID = 1`)
  if (dialect.name === 'postgresql') await client.$executeRawUnsafe('ANALYZE JETON_REVOCATION')
}

/** Batch by batch, as a purge does it. @returns how long the partition was prepared, and how long its end took */
async function purge(target, dropped) {
  const began = performance.now()
  let after = null
  do after = (await target.deleteBatch({ limit: ROWS_A_BATCH, after, safePeriod: 0 })).after
  while (after !== null && after !== 'rest' && dropped.at(-1)?.result === undefined)
  return { prepareMs: performance.now() - began - (dropped.at(-1)?.tookMs ?? 0), ...dropped.at(-1) }
}

/** The dropper, which notes how long it takes. */
function noting(dropper, dropped, onDrop) {
  return {
    ...dropper,
    async drop(partition, unless) {
      onDrop()
      const began = performance.now()
      const outcome = await dropper.drop(partition, unless)
      dropped.push({ ...outcome, tookMs: performance.now() - began })
      return outcome
    },
  }
}

async function measure(engine, database, { rows, now }) {
  const session = createDatabaseSession(engine)
  const dropped = []
  const revoke = () => database.revocations.append([{ kind: 'token', id: randomUUID(), expiresAt: now + 3600 }])
  const read = async () => database.revocations.since((await database.heads.read()).seq, 100)
  const [writer, reader] = [watchLatency(revoke), watchLatency(read)]
  await sleep(QUIET_MS)
  const quiet = { writer: writer.take(), reader: reader.take() }
  const dropper = noting(createPartitionDropper(session, engine, LOG_TABLE), dropped, () => {
    writer.take()
    reader.take()
  })
  const byRow = (from) => createRevocationsTarget(session, from)
  const target = createPartitionedTarget(session, dropper, { byRow, prepare: prepareEntries })
  const drop = await purge(target, dropped)
  await sleep(100)
  const during = { writer: writer.take(), reader: reader.take() }
  // Somebody reads the table in a transaction that does not end for a while; then the purge comes.
  dropped.length = 0
  const holding = engine.client.$transaction(
    async (transaction) => {
      await transaction.$queryRawUnsafe('SELECT SEQ FROM JETON_REVOCATION LIMIT 1')
      await sleep(HELD_MS)
    },
    { timeout: 2 * HELD_MS },
  )
  await sleep(100)
  const held = await purge(target, dropped)
  await holding
  await sleep(100)
  const behind = { writer: writer.take(), reader: reader.take() }
  await Promise.all([writer.stop(), reader.stop()])
  const left = Number((await engine.client.$queryRawUnsafe(`SELECT COUNT(*) AS n FROM JETON_REVOCATION WHERE SEQ <= ${rows}`))[0].n)
  return { rows, left, drop, held, quiet, during, behind }
}

const ms = (value) => `${Math.round(value)} ms`
const waits = ({ writer, reader }) => `${ms(writer.longestMs)} of ${writer.count} writes, ${ms(reader.longestMs)} of ${reader.count} reads`

const format = ({ rows, left, drop, held, quiet, during, behind }) => `
rows that went with their partition: ${rows - left} of ${rows}
prepared (marked, in batches of ${prepareEntries.size}): ${(drop.prepareMs / 1000).toFixed(1)} s
dropped: ${ms(drop.tookMs)}, of which locked: ${ms(drop.lockMs)}
longest, with no purge: ${waits(quiet)}
longest, while it was dropped: ${waits(during)}
longest, while the drop tried for ${ms(held.tookMs)} to get a table that somebody had: ${waits(behind)}
`

export async function run(args) {
  let options
  try {
    options = readOptions(args)
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}`)
    return 2
  }
  const place = await createBenchDatabase(options.engine, { url: options.url })
  const engine = await openEngine(place, 6)
  const database = await openDatabase({ ...place.options, keepAfterExpiry: 600, maxClockSkew: 5 })
  try {
    const now = Math.floor(Date.now() / 1000)
    await database.migrate()
    await layOut(engine, rangesBefore(now))
    process.stderr.write(`writing ${options.rows} entries\n`)
    await seed(engine, { rows: options.rows, now })
    const measured = await measure(engine, database, { rows: options.rows, now })
    process.stdout.write(options.json ? `${JSON.stringify(measured)}\n` : format(measured))
    return measured.left === 0 ? 0 : 1
  } finally {
    await database.close()
    await engine.close()
    await place.drop()
  }
}
