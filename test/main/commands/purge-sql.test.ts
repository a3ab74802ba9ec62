import type { Arguments, Output } from '../../../src/main/commands/command.js'
import { purgeSql } from '../../../src/main/commands/purge-sql.js'
import { readScript, type ScriptEngine } from '../../purge/sql-scripts.js'

async function run(engine: string, json = false): Promise<string> {
  let text = ''
  const stdout = (more: string): void => {
    text += more
  }
  const output: Output = { stdout, stderr: () => undefined, isTerminal: false }
  const given: Arguments = {
    positionals: [],
    option: () => engine,
    options: () => [engine],
    has: () => true,
    stdin: undefined,
    json,
    signal: new AbortController().signal,
    folder: '.',
  }
  expect(await purgeSql.run(undefined, given, output)).toBe(0)
  return text
}

describe('jeton purge sql', () => {
  it.each<ScriptEngine>(['postgresql', 'mysql', 'mssql', 'oracle', 'db2'])(
    'prints the script for %s as it stands, and needs no database',
    async (engine) => {
      expect(await run(engine)).toBe(readScript(engine))
    },
  )

  it('answers with one JSON document', async () => {
    expect(JSON.parse(await run('mysql', true))).toEqual({ engine: 'mysql', sql: readScript('mysql') })
  })

  it('names the engines to whoever asks for another one', async () => {
    await expect(run('mysqll')).rejects.toThrow('--engine takes postgresql, mysql, mssql, oracle, db2 (did you mean mysql?)')
    await expect(run('../../package')).rejects.toThrow('--engine takes postgresql, mysql, mssql, oracle, db2')
  })
})
