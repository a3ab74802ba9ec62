import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBenchDatabase, openEngine } from '../databases/bench-database.mjs'
import { figuresOf } from '../databases/database-figures.mjs'
import { configureJeton, runJeton, startConfigured } from './jeton-server.mjs'

/**
 * A migrated database of its own on `engine`, and what a bench needs about it; `startNode` starts one more Jeton on it.
 * `close` stops and removes everything.
 */
export async function openDeployment({ engine, url, node, toml = '' }) {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-bench-'))
  const database = await createBenchDatabase(engine, { url, folder })
  const encryptionKey = randomBytes(32).toString('hex')
  const issuer = 'https://bench.test'
  const closers = [() => rmSync(folder, { recursive: true, force: true }), () => database.drop()]
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  // One client revokes for many, as fast as it can.
  const unlimited = '[oauth.rate_limit]\nenable = false\n[revocation]\nper_client_rate = 0\n'
  const settings = `[oauth]\nissuer = "${issuer}"\n${unlimited}[keystore]\nencryption_key = "${encryptionKey}"\n${toml}`
  const configure = (databaseToml = database.toml) =>
    configureJeton({ node, folder: join(folder, `node-${closers.length}`), toml: `${databaseToml}${settings}` })
  try {
    const commands = await configure()
    runJeton(commands, 'migrate')
    const { client, close } = await openEngine(database)
    closers.push(close)
    return {
      database,
      /** What commands are run with. */
      config: commands.config,
      client,
      figures: figuresOf(database, client),
      mint: { options: database.options, encryptionKey, issuer },
      async startNode(databaseToml, options) {
        const server = await startConfigured(await configure(databaseToml), options)
        closers.push(server.stop)
        return server
      },
      close: closeAll,
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}
