import type { EventEmitter } from 'node:events'
import mariadb from 'mariadb'

/** What Prisma's adapter and Jeton need of a pool. */
export type SessionPool = Pick<mariadb.Pool, 'getConnection' | 'query' | 'execute' | 'end' | 'totalConnections' | 'idleConnections' | 'taskQueueSize'>

/**
 * A pool whose connections have been told `session` before anything else. The driver's own way to do that ends the
 * process when the connection is lost meanwhile: a rejection that nobody can handle.
 */
export function createMysqlPool(config: mariadb.PoolConfig, session: string): SessionPool {
  const pool = mariadb.createPool(config)
  // Whoever waits for a connection is told; the event besides, which the driver's types leave out, would end the process.
  const events = pool as unknown as EventEmitter
  events.on('error', () => undefined)
  const told = new WeakSet<object>()

  async function getConnection(): Promise<mariadb.PoolConnection> {
    const connection = await pool.getConnection()
    const { info } = connection
    if (info === null || told.has(info)) return connection
    try {
      await connection.query(session)
    } catch (error) {
      connection.destroy()
      throw error
    }
    told.add(info)
    return connection
  }

  async function using<Answer>(work: (connection: mariadb.PoolConnection) => Promise<Answer>): Promise<Answer> {
    const connection = await getConnection()
    try {
      return await work(connection)
    } finally {
      await connection.release()
    }
  }

  return {
    getConnection,
    query: (sql: string | mariadb.QueryOptions, values?: unknown) => using((connection) => connection.query(sql, values)),
    execute: (sql: string | mariadb.QueryOptions, values?: unknown) => using((connection) => connection.execute(sql, values)),
    totalConnections: () => pool.totalConnections(),
    idleConnections: () => pool.idleConnections(),
    taskQueueSize: () => pool.taskQueueSize(),
    end: () => pool.end(),
  }
}
