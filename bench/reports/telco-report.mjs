const number = (value, digits, width) => (value === undefined || Number.isNaN(value) ? '-' : value.toFixed(digits)).padStart(width)
const mebibytes = (bytes) => (bytes === undefined ? undefined : bytes / 2 ** 20)
const percent = (share) => (share === undefined ? undefined : share * 100)

const COLUMNS = [
  ['min', 4, (m) => number(m.minute, 0, 4)],
  ['req/s', 8, (m) => number(m.requestsPerSecond, 0, 8)],
  ['p50 ms', 10, (m) => number(m.p50Ms, 2, 10)],
  ['p99 ms', 10, (m) => number(m.p99Ms, 2, 10)],
  ['max ms', 10, (m) => number(m.maxMs, 0, 10)],
  ['not 200', 8, (m) => number(m.answered - m.ok, 0, 8)],
  ['CPU ms', 8, (m) => number(m.cpuMillisPerRequest, 3, 8)],
  ['CPU %', 7, (m) => number(percent(m.serverCpuShare), 1, 7)],
  ['DB CPU %', 9, (m) => number(percent(m.databaseCpuShare), 1, 9)],
  ['commits/s', 10, (m) => number(m.commitsPerSecond, 0, 10)],
  ['RSS MiB', 8, (m) => number(mebibytes(m.after.memory), 0, 8)],
  ['table MiB', 10, (m) => number(mebibytes(m.after.grants.bytes), 1, 10)],
  ['index MiB', 10, (m) => number(mebibytes(m.after.grants.indexBytes), 1, 10)],
  ['in page %', 10, (m) => number(percent(m.after.grants.inPlace / m.after.grants.updates), 1, 10)],
  ['vacuums', 8, (m) => number(m.after.grants.vacuums, 0, 8)],
  ['revoked', 8, (m) => number(m.after.revocations, 0, 8)],
  ['seq', 7, (m) => number(m.after.seq, 0, 7)],
]

export function formatHead({ node, described, options, rates }) {
  const mix = Object.entries(rates).map(([name, rate]) => `${rate} ${name}`)
  return [
    `telco: Node ${node}, ${described}, ${process.platform} ${process.arch}`,
    `${options.minutes} minutes at a constant rate, a second: ${mix.join(', ')}; ${options.grants} grants`,
    "Latencies are reckoned from the moment at which a request was due. CPU is the server process's, a request; in page: steps of grants that touched no index.",
    COLUMNS.map(([title, width]) => title.padStart(width)).join(''),
    '',
  ].join('\n')
}

export const formatMinute = (minute) => `${COLUMNS.map(([, , format]) => format(minute)).join('')}\n`

export function formatSummary({ span, whole, rows, verdict }) {
  const kinds = Object.entries(whole.kinds).map(
    ([name, kind]) =>
      `${name.padEnd(12)}${number(kind.answered, 0, 10)}${number(kind.p50Ms, 2, 10)}${number(kind.p99Ms, 2, 10)}${number(kind.maxMs, 0, 10)}  ${JSON.stringify(kind.refused)}`,
  )
  const checks = verdict.checks.map(
    ({ name, before, after, limit, unit, isKept }) =>
      `${name.padEnd(30)}${number(before, 2, 10)}${number(after, 2, 10)}${number(limit, 2, 10)} ${unit.padEnd(4)}${isKept ? 'kept' : 'NOT KEPT'}`,
  )
  const { answered } = verdict
  return [
    '',
    `${'the whole run'.padEnd(12)}${'answered'.padStart(9)}${'p50 ms'.padStart(10)}${'p99 ms'.padStart(10)}${'max ms'.padStart(10)}  not 200`,
    ...kinds,
    '',
    `${`first and last ${span} min`.padEnd(30)}${'first'.padStart(10)}${'last'.padStart(10)}${'limit'.padStart(10)}`,
    ...checks,
    `rows of JETON_GRANT: ${rows.before} before, ${rows.after} after`,
    `answered with 200: ${answered.ok} of ${answered.due} due (${(answered.share * 100).toFixed(3)} %, at least ${answered.limit * 100} %): ${answered.isKept ? 'kept' : 'NOT KEPT'}`,
    `verdict: ${verdict.isFlat ? 'flat' : 'NOT FLAT'}`,
    '',
  ].join('\n')
}
