import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Libsql from 'libsql'
import { countRows } from '../../../src/adapters/prisma/count-rows.js'

describe('countRows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-rows-'))
  const file = join(folder, 'jeton.db')
  const writer = new Libsql(file)
  writer.exec(
    'PRAGMA journal_mode = WAL; CREATE TABLE FULL_ONE (ID INTEGER); CREATE TABLE EMPTY_ONE (ID INTEGER); INSERT INTO FULL_ONE VALUES (1), (2)',
  )
  afterAll(() => {
    writer.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('counts committed rows while another connection holds the file open', () => {
    expect(countRows(file, ['FULL_ONE', 'EMPTY_ONE'])).toEqual({ FULL_ONE: 2, EMPTY_ONE: 0 })
  })

  it('sees nothing of a transaction that is not committed', () => {
    writer.exec('BEGIN; INSERT INTO EMPTY_ONE VALUES (1)')
    expect(countRows(file, ['EMPTY_ONE'])).toEqual({ EMPTY_ONE: 0 })
    writer.exec('ROLLBACK')
  })

  it('takes nothing but the name of a table', () => {
    expect(() => countRows(file, ['FULL_ONE; DROP TABLE FULL_ONE'])).toThrow('not the name of a table')
  })
})
