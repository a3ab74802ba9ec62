import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findDifferences } from '../../soak/audit-books.js'
import { removeOneOfAudit, runSoak } from '../../soak/soak.js'
import { embeddedDatabase, type SoakDatabase, serverDatabase } from '../../soak/soak-database.js'
import { readEvidence } from '../../soak/witness.js'
import { createServerDatabase, describeOnEngines, type FlowEngine } from './server-engine.js'

const EVENTS = 300

interface Opened {
  readonly database: SoakDatabase
  drop(): Promise<void>
}

await describeOnEngines('stored tokens with clean-up at events', ['sqlite', 'postgresql', 'mysql'], (engine) => {
  let folder: string
  let opened: Opened
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'jeton-soak-'))
    opened = await open(engine, folder)
  })
  afterEach(async () => {
    await opened.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  it(`are accounted for to the last row after ${EVENTS} events and a kill -9, and one that is missing is missed`, async () => {
    const { database } = opened
    const report = await runSoak({ events: EVENTS, kills: 1, seed: 7, isBroken: false }, { database, folder, clients: 3 })
    expect(report.differences).toEqual([])
    const { inserted, left, table, audit } = report.evidence
    expect(report.kills).toBe(1)
    expect(audit.length).toBe(left.length)
    expect(inserted.length).toBe(table.length + audit.length)
    expect([inserted.length > EVENTS / 3, audit.length > EVENTS / 5]).toEqual([true, true])

    await removeOneOfAudit(database)
    const differences = findDifferences(await readEvidence(database), report.book, report.lanes)
    expect(differences.join('\n')).toMatch(/^1 rows were inserted and are nowhere.*\n1 tokens left ACTIVE and are not in the audit/)
  }, 300_000)
})

async function open(engine: FlowEngine, folder: string): Promise<Opened> {
  if (engine !== 'postgresql' && engine !== 'mysql') return { database: embeddedDatabase(join(folder, 'jeton.db')), drop: async () => undefined }
  const { url, drop } = await createServerDatabase(engine)
  return { database: serverDatabase(engine === 'postgresql' ? 'postgres' : 'mysql', url), drop }
}
