// The load generator, a process of its own. Raw sockets: an HTTP client would cost more than the server it measures.
import { connect } from 'node:net'

/** One keep-alive connection with one request under way at a time. Calls `done(status, ms)` for each answer. */
function openConnection(port, request, done) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const state = { buffered: '', sentAt: 0, idle: true }
  const send = () => {
    state.idle = false
    state.sentAt = performance.now()
    socket.write(request)
  }
  socket.setEncoding('latin1')
  socket.on('data', (text) => {
    state.buffered += text
    const status = takeResponse(state)
    if (status === undefined) return
    state.idle = true
    if (done(status, performance.now() - state.sentAt)) send()
    else socket.end()
  })
  return new Promise((resolve, reject) => {
    socket.once('connect', send)
    socket.once('error', reject)
    socket.once('close', () => (state.idle ? resolve() : reject(new Error('the server closed a connection under way'))))
  })
}

/** Takes one whole response off the front of what has come; @returns its status, or undefined when it is not all there. */
function takeResponse(state) {
  const end = state.buffered.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const length = /\r\ncontent-length: *(\d+)/i.exec(state.buffered.slice(0, end))?.[1]
  if (length === undefined) throw new Error('a response without Content-Length')
  const total = end + 4 + Number(length)
  if (state.buffered.length < total) return undefined
  const status = Number(state.buffered.slice(9, 12))
  state.buffered = state.buffered.slice(total)
  return status
}

/** Loads until `count` requests are sent or `seconds` are over. */
async function runLoad({ port, request, connections, count, seconds }) {
  const latencies = []
  const statuses = {}
  const startedAt = performance.now()
  const deadline = startedAt + seconds * 1000
  let left = count - connections
  const done = (status, ms) => {
    latencies.push(ms)
    statuses[status] = (statuses[status] ?? 0) + 1
    return left-- > 0 && performance.now() < deadline
  }
  await Promise.all(Array.from({ length: connections }, () => openConnection(port, request, done)))
  return { requests: latencies.length, statuses, elapsedMs: performance.now() - startedAt, ...percentiles(latencies) }
}

function percentiles(latencies) {
  const sorted = Float64Array.from(latencies).sort()
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

process.on('message', async (job) => {
  try {
    process.send({ result: await runLoad(job) })
  } catch (error) {
    process.send({ error: String(error) })
  }
})
process.once('disconnect', () => process.exit())
