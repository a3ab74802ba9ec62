import { lstatSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RunCommand, runSession, type SessionSettings } from './control-session.js'

export interface ControlServer {
  /** Takes no more clients, waits a while for the commands that run, and removes the socket. */
  close(): Promise<void>
}

export interface ControlServerSettings extends SessionSettings {
  /** How long `close` waits for commands that run. */
  readonly closeWithinMs: number
}

const SETTINGS: ControlServerSettings = { requestWithinMs: 10_000, aliveEveryMs: 2000, lingerMs: 10_000, closeWithinMs: 5000 }
const MOST_CLIENTS = 64
const ALL_BUT_OWNER = 0o177

/**
 * Runs commands for other processes of this user, over a Unix socket that nobody else can open.
 * To be called only by the one process that may use the database: a socket on which nobody answers is taken for stale.
 * @throws Error when something else is at `path`, or somebody answers there.
 */
export async function startControlServer(path: string, run: RunCommand, settings: ControlServerSettings = SETTINGS): Promise<ControlServer> {
  await removeStale(path)
  const sessions = new Map<Socket, Promise<void>>()
  const server = createServer((socket) => {
    const session = runSession(socket, run, settings)
    sessions.set(socket, session)
    void session.then(() => sessions.delete(socket))
  })
  server.maxConnections = MOST_CLIENTS
  await listen(server, path)
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const waited = new AbortController()
      await Promise.race([Promise.all(sessions.values()), sleep(settings.closeWithinMs, undefined, { signal: waited.signal }).catch(() => undefined)])
      waited.abort()
      for (const socket of sessions.keys()) socket.destroy()
      await closed
      rmSync(path, { force: true })
    },
  }
}

/** The file is bound within `listen` itself, so with this mask there is no moment in which others could open it. */
async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    const before = process.umask(ALL_BUT_OWNER)
    try {
      server.listen(path, () => {
        server.off('error', reject)
        resolve()
      })
    } finally {
      process.umask(before)
    }
  })
}

/** A killed server leaves its socket behind. */
async function removeStale(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return
  if (!stats.isSocket()) throw new Error(`${path} is in the way of the control socket`)
  if (await isAnswered(path)) throw new Error(`another server listens on ${path}`)
  rmSync(path, { force: true })
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
