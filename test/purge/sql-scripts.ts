import { readFileSync } from 'node:fs'

export type ScriptEngine = 'postgresql' | 'mysql' | 'mssql' | 'oracle' | 'db2'

export function readScript(engine: ScriptEngine): string {
  return readFileSync(new URL(`../../sql/purge/${engine}.sql`, import.meta.url), 'utf8')
}

/** The same script with other values of the variables at its top. @throws where there is no such variable. */
export function withSettings(script: string, settings: Readonly<Record<string, string>>): string {
  let changed = script
  for (const [name, value] of Object.entries(settings)) {
    const declaration = new RegExp(`^(\\s*(?:DECLARE )?@?${name}\\s[^;\\n]*?(?::= |DEFAULT |= ))[^;\\n]+;`, 'm')
    if (!declaration.test(changed)) throw new Error(`the script has no variable ${name}`)
    changed = changed.replace(declaration, `$1${value};`)
  }
  return changed
}

/** As the client program of the engine would send it: `mysql` obeys DELIMITER, `psql` sends one statement after the other. */
export function statementsOf(engine: 'postgresql' | 'mysql', script: string): readonly string[] {
  if (engine === 'postgresql') return [script]
  const statements: string[] = []
  let delimiter = ';'
  let statement = ''
  for (const line of script.split('\n')) {
    const chosen = /^DELIMITER (\S+)/.exec(line)?.[1]
    if (chosen !== undefined) {
      delimiter = chosen
    } else if (line.trimEnd().endsWith(delimiter)) {
      statements.push(`${statement}${line.trimEnd().slice(0, -delimiter.length)}`)
      statement = ''
    } else if (statement !== '' || !/^(--.*)?$/.test(line)) {
      statement += `${line}\n`
    }
  }
  return statements
}
