import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFrames } from './event-frames.mjs'

const CHANGES = /^GET \/revocations\/changes\?since=(\d+)(?::|%3A)(\d+)/i
/** Of what was sent before so much can come again. */
const REMEMBERED = 8

/**
 * A TCP line to a server that can be broken in every way that a line has, and that knows enough of HTTP to ask again from an
 * older place, to send events again, and to swallow one. `counts` says what it has done.
 */
export async function startFaultyLine(targetPort) {
  const line = { sockets: new Set(), delayMs: 0, isStalled: false, isBlackHole: false, rewindBy: 0, again: 0, mustSwallow: false }
  line.counts = { cuts: 0, stalls: 0, delays: 0, replays: 0, rewinds: 0, restarts: 0, swallowed: 0, bytesLost: 0 }
  const server = createServer((near) => join(line, near, targetPort))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  const cut = () => {
    for (const socket of line.sockets) socket.destroy()
  }
  return {
    port,
    counts: line.counts,
    faults: createFaults(line, { cut, server, port }),
    /** Nothing passes from now on. What is sent into a black hole is lost, and so are the connections that were in it. */
    blackHole() {
      line.isBlackHole = true
      for (const socket of line.sockets) socket.isLost = true
      return () => {
        line.isBlackHole = false
      }
    },
    swallowOne() {
      line.mustSwallow = true
    },
    close() {
      server.close()
      cut()
    },
  }
}

/** Each lasts as long as it is told, and leaves the line whole. */
function createFaults(line, { cut, server, port }) {
  const { counts } = line
  return {
    async cut() {
      counts.cuts++
      cut()
    },
    async stall(lengthMs) {
      counts.stalls++
      line.isStalled = true
      for (const socket of line.sockets) socket.pause()
      await sleep(lengthMs)
      line.isStalled = false
      for (const socket of line.sockets) socket.resume()
    },
    async delay(lengthMs) {
      counts.delays++
      line.delayMs = lengthMs / 10
      await sleep(lengthMs)
      line.delayMs = 0
    },
    async replay() {
      line.again += 3
    },
    /** Who comes back next asks for what it was told before. */
    async rewind(lengthMs) {
      line.rewindBy = Math.ceil(lengthMs)
      cut()
    },
    async restart(lengthMs) {
      counts.restarts++
      server.close()
      cut()
      await sleep(lengthMs)
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
  }
}

function join(line, near, targetPort) {
  const far = connect(targetPort, '127.0.0.1')
  let frames
  const toServer = (bytes) => {
    const asked = CHANGES.exec(bytes.toString('latin1', 0, 200))
    frames = asked === null ? undefined : createFrames((text) => changeEvents(line, text))
    return asked === null ? bytes : rewind(line, bytes, asked)
  }
  forward(line, { from: near, to: far, change: toServer })
  forward(line, { from: far, to: near, change: (bytes) => frames?.(bytes) ?? bytes })
}

function forward(line, { from, to, change }) {
  line.sockets.add(from)
  from.isLost = line.isBlackHole
  from.setNoDelay(true)
  let before = Promise.resolve()
  from.on('data', (bytes) => {
    const waited = line.delayMs > 0 ? sleep(line.delayMs) : undefined
    before = before.then(() => waited).then(() => send(line, { from, to, bytes, change }))
  })
  if (line.isStalled) from.pause()
  from.on('error', () => from.destroy())
  from.on('close', () => {
    line.sockets.delete(from)
    to.destroy()
  })
}

function send({ counts }, { from, to, bytes, change }) {
  if (from.isLost || from.destroyed || to.destroyed) {
    counts.bytesLost += bytes.length
    return
  }
  const changed = change(bytes)
  if (changed.length === 0 || to.write(changed)) return
  // As a line does: who does not read is not written to for ever.
  from.pause()
  to.once('drain', () => from.resume())
}

function rewind(line, bytes, [text, epoch, seq]) {
  if (line.rewindBy === 0) return bytes
  const since = Math.max(0, Number(seq) - line.rewindBy)
  line.rewindBy = 0
  line.counts.rewinds++
  const asked = `GET /revocations/changes?since=${epoch}:${since}`
  return Buffer.concat([Buffer.from(asked), bytes.subarray(text.length)])
}

/** Heartbeats are left alone: an old one leads to a new snapshot at once, and nothing else would be seen. */
function changeEvents(line, text) {
  if (!text.startsWith('event: revocation')) return [text]
  const sent = line.mustSwallow ? [swallowFirst(line, text)] : [text]
  line.before = [...(line.before ?? []), text].slice(-REMEMBERED)
  if (line.again === 0) return sent
  line.again--
  line.counts.replays++
  return [...sent, ...line.before]
}

function swallowFirst(line, text) {
  line.mustSwallow = false
  line.counts.swallowed++
  return text.slice(text.indexOf('\n\n') + 2)
}
