const number = (value, digits) => (value === undefined || Number.isNaN(value) ? '-' : value.toFixed(digits)).padStart(12)

const COLUMNS = [
  ['requests/s', 'requestsPerSecond', 0],
  ['p50 ms', 'p50Ms', 2],
  ['p99 ms', 'p99Ms', 2],
  ['CPU µs each', 'cpuMicrosPerRequest', 0],
  ['DB CPU µs', 'databaseMicrosPerRequest', 0],
  ['commits/s', 'commitsPerSecond', 0],
  ['a commit', 'requestsPerCommit', 1],
]

export function formatWrites({ node, engine, options, operations }) {
  const { rounds, seconds, connections } = options
  const lines = [
    `writes: Node ${node}, ${engine}, ${process.platform} ${process.arch}, ${rounds} rounds of ${seconds} s, ${connections} connections, medians`,
    'CPU is the server process\'s, DB CPU the database server\'s, a request; "a commit": requests that share one.',
  ]
  for (const { name, statements, servers, ratios } of operations) {
    const alone = statements === undefined ? '' : `; alone it sends ${statements.toFixed(2)} statements`
    lines.push('', `${name}${alone}`, `${'server'.padEnd(24)}${COLUMNS.map(([title]) => title.padStart(12)).join('')}`)
    for (const server of servers) lines.push(`${server.name.padEnd(24)}${COLUMNS.map(([, key, digits]) => number(server[key], digits)).join('')}`)
    for (const { to, requestsPerSecond, cpuMicrosPerRequest } of ratios)
      lines.push(`jeton/${to}: requests/s ${requestsPerSecond.toFixed(2)}, CPU ${cpuMicrosPerRequest.toFixed(2)}`)
  }
  return `${lines.join('\n')}\n`
}
