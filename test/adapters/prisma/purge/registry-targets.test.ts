import type { DoomedRows } from '../../../../src/stores/purge-target.js'
import { toldRows } from '../../../purge/told-rows.js'
import { describeOnDatabases, named, purgeAll, SAFE_PERIOD } from './purged-database.js'
import { createRegistry, dropRegistry, insertLines, judgeLine, type LineVerdict, nameOfLine, readLines, someLines } from './registry-rows.js'

const MARGIN = { safePeriod: SAFE_PERIOD }

describeOnDatabases("Purging the registry's log", (of) => {
  beforeEach(() => createRegistry(of()))
  const openTarget = async () => named((await of().open()).purgeTargets, 'registry log')

  it.each([7, 1000])('takes exactly the lines that a judge of each line takes, %s at a time', async (limit) => {
    const lines = someLines(400)
    await insertLines(of(), lines)
    const counts: Record<LineVerdict, number> = { superseded: 0, deleted: 0, stays: 0 }
    for (const line of lines) counts[judgeLine(line, lines)] += 1
    const { stays, ...wanted } = counts
    const target = await openTarget()
    expect([stays, wanted.deleted].every((count) => count > 10)).toBe(true)
    expect(await target.count(MARGIN)).toEqual(wanted)
    expect(await purgeAll(target, { limit })).toEqual(wanted)
    expect(await readLines(of())).toEqual(lines.filter((line) => judgeLine(line, lines) === 'stays').map(nameOfLine))
    expect(await target.count(MARGIN)).toEqual({})
  })

  it('leaves for each path its newest line, or what says that it is gone, wherever it is interrupted', async () => {
    const lines = someLines(120)
    await insertLines(of(), lines)
    const target = await openTarget()
    const newest = lines.filter((line) => judgeLine(line, lines) === 'stays').map(nameOfLine)
    const check = async () => {
      const left = await readLines(of())
      expect(newest.filter((name) => !left.includes(name))).toEqual([])
      const alive = lines.filter((line) => left.includes(nameOfLine(line)))
      for (const line of alive.filter((one) => judgeLine(one, alive) !== 'superseded')) expect(judgeLine(line, lines)).not.toBe('superseded')
    }
    await purgeAll(target, { limit: 5, afterEach: check })
  }, 30_000)

  it.each([
    ['in another process', true],
    ['after a batch that failed', false],
  ])('goes on rightly %s', async (_name, isAnother) => {
    const lines = someLines(200)
    await insertLines(of(), lines)
    const first = await openTarget()
    const { after } = await first.deleteBatch({ limit: 10, after: null, ...MARGIN })
    const keep = async (_rows: readonly DoomedRows[]) => {
      throw new TypeError('the disk is full')
    }
    const next = isAnother ? await openTarget() : first
    await expect(next.deleteBatch({ limit: 10, after, ...MARGIN, keep })).rejects.toThrow('the disk is full')
    for (let place = after; place !== null; ) place = (await next.deleteBatch({ limit: 10, after: place, ...MARGIN })).after
    expect(await readLines(of())).toEqual(lines.filter((line) => judgeLine(line, lines) === 'stays').map(nameOfLine))
  })

  it('is not there without the table, and is refused by name where a column is called something else', async () => {
    await of().sql('ALTER TABLE REG_LOG RENAME COLUMN REG_PATH TO REG_LOG_PATH')
    const target = await openTarget()
    expect(target.unfit?.message).toContain('REG_LOG has no column REG_PATH')
    await expect(target.count(MARGIN)).rejects.toMatchObject({ code: 'unknown_table_form' })
    await expect(target.deleteBatch({ limit: 1, after: null, ...MARGIN })).rejects.toMatchObject({ code: 'unknown_table_form' })
    await dropRegistry(of())
    expect((await of().open()).purgeTargets.filter(({ name }) => name.startsWith('registry'))).toEqual([])
  })
})

describeOnDatabases("Purging the registry's properties and tags", (of) => {
  beforeEach(() => createRegistry(of()))

  it.each([
    ['registry properties', 'PROPERTY'],
    ['registry tags', 'TAG'],
  ])('takes %s of resources of which neither path nor version is there', async (name, kind) => {
    const { sql } = of()
    await sql('INSERT INTO REG_RESOURCE (REG_PATH_ID, REG_VERSION) VALUES (1, 100)')
    await sql('INSERT INTO REG_RESOURCE_HISTORY (REG_PATH_ID, REG_VERSION) VALUES (1, 90)')
    const ids = Array.from({ length: 60 }, (_, number) => number + 1)
    await sql(`INSERT INTO REG_${kind} (REG_ID) VALUES ${ids.map((id) => `(${id})`).join(', ')}`)
    // By path; by version; by an older version; by one of two; by none; and every sixth by no row at all.
    const links = ids.flatMap(
      (id) => [[`${id}, 1, NULL`], [`${id}, NULL, 100`], [`${id}, NULL, 90`], [`${id}, 1, NULL`, `${id}, 9, 9`], [`${id}, 9, 9`], []][id % 6] ?? [],
    )
    await sql(`INSERT INTO REG_RESOURCE_${kind} (REG_${kind}_ID, REG_PATH_ID, REG_VERSION) VALUES ${links.map((link) => `(${link})`).join(', ')}`)
    const target = named((await of().open()).purgeTargets, name)
    const kept: DoomedRows[] = []
    expect(await target.count(MARGIN)).toEqual({ orphaned: 20 })
    expect(await purgeAll(target, { limit: 3, keep: async (rows) => void kept.push(...rows) })).toEqual({ orphaned: 20 })
    const left = (await sql(`SELECT REG_ID FROM REG_${kind} ORDER BY REG_ID`)).map((row) => Number(row.REG_ID))
    expect(left).toEqual(ids.filter((id) => id % 6 < 4))
    expect(await sql(`SELECT REG_${kind}_ID FROM REG_RESOURCE_${kind}`)).toHaveLength(50)
    expect(
      toldRows(kept)
        .map(({ table }) => table)
        .filter((table) => table === `REG_RESOURCE_${kind}`),
    ).toHaveLength(10)
    expect(toldRows(kept)).toHaveLength(30)
    expect(await purgeAll(target, { limit: 100 })).toEqual({})
  })
})
