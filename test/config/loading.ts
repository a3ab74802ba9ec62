import { type LoadedSettings, loadSettings } from '../../src/config/load-settings.js'
import type { Problem } from '../../src/config/problems.js'
import { FileTooLong, type ReadFile } from '../../src/config/read-file.js'
import type { Settings } from '../../src/config/settings.js'

/** Files that exist only here, by absolute path. */
export function createFiles(files: Readonly<Record<string, string>>): ReadFile {
  return (path, limit) => {
    const content = files[path]
    if (content === undefined) throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' })
    if (content.length > limit) throw new FileTooLong(`longer than ${limit} bytes`)
    return new TextEncoder().encode(content)
  }
}

/** Loads `text` as the file /etc/jeton/deployment.toml, beside two PEM files. Problems name it shortly. */
export function load(text: string, environment: Readonly<Record<string, string>> = {}, files: Readonly<Record<string, string>> = {}): LoadedSettings {
  const file = '/etc/jeton/deployment.toml'
  const loaded = loadSettings(file, environment, createFiles({ '/etc/jeton/tls/a.crt': 'PEM', '/tls/a.key': 'PEM', [file]: text, ...files }))
  return loaded.ok ? loaded : { ok: false, problems: loaded.problems.map((problem) => ({ ...problem, file: 'deployment.toml' })) }
}

export function settingsOf(...[text, environment, files]: Parameters<typeof load>): Settings {
  const loaded = load(text, environment, files)
  if (!loaded.ok) throw new Error(`did not load: ${JSON.stringify(loaded.problems)}`)
  return loaded.settings
}

export function problemsOf(text: string): readonly Problem[] {
  const loaded = load(text)
  return loaded.ok ? [] : loaded.problems
}

export function messagesOf(text: string): readonly string[] {
  return problemsOf(text).map((problem) => problem.message)
}
