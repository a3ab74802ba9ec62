import { dirname, resolve } from 'node:path'
import { buildSettings } from './build-settings.js'
import type { Environment } from './environment.js'
import { readKeyValues } from './key-values.js'
import { KNOWN_KEYS } from './known-keys/known-keys.js'
import type { Problem } from './problems.js'
import { type CheckFile, type ReadFile, readFailure, readFileAtMost } from './read-file.js'
import { checkRules } from './rules.js'
import type { Settings } from './settings.js'
import { parseToml, type TomlDocument } from './toml-document.js'
import { findMisplaced } from './unknown-keys.js'

export type LoadedSettings = { readonly ok: true; readonly settings: Settings } | { readonly ok: false; readonly problems: readonly Problem[] }

/** Where there is no file: the first run shows a pair of tokens. */
const BUILT_IN = `[oauth.grant_type.client_credentials]
allow_refresh_tokens = true
`
const BUILT_IN_NAME = 'built-in default'
const LONGEST_FILE = 256 * 1024

/**
 * Reads `deployment.toml`, or the built-in default where `file` is undefined. A file that cannot be read or is no TOML
 * is one problem; all others come together, in the order of their lines.
 */
export function loadSettings(file: string | undefined, environment: Environment, readFile: ReadFile = readFileAtMost): LoadedSettings {
  const name = file ?? BUILT_IN_NAME
  const source = file === undefined ? { ok: true as const, text: BUILT_IN } : readSource(file, readFile)
  if (!source.ok) return { ok: false, problems: [{ file: name, line: 1, key: '', message: source.message }] }
  const parsed = parseToml(source.text)
  if (!parsed.ok) return { ok: false, problems: [{ file: name, line: parsed.line, key: '', message: parsed.message }] }
  const folder = file === undefined ? resolve() : dirname(resolve(file))
  return interpret(name, parsed.document, { folder, environment, readFile })
}

interface Surroundings {
  readonly folder: string
  readonly environment: Environment
  readonly readFile: ReadFile
}

function interpret(file: string, document: TomlDocument, around: Surroundings): LoadedSettings {
  const values = readKeyValues(file, document, KNOWN_KEYS, around)
  const known = KNOWN_KEYS.map((key) => key.path)
  for (const { path, message, didYouMean } of findMisplaced(document.root, known)) values.report(path, message, didYouMean)
  checkRules(values, document, checkFileIn(around))
  if (values.problems.length > 0) return { ok: false, problems: values.problems.toSorted((one, other) => one.line - other.line) }
  return { ok: true, settings: buildSettings(values, around.folder) }
}

/** The text of a configuration file. */
export function readSource(
  file: string,
  readFile: ReadFile,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string } {
  try {
    // Decoding so leaves a byte order mark out.
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(readFile(file, LONGEST_FILE)) }
  } catch (cause) {
    return { ok: false, message: `the file cannot be read: ${readFailure(cause)}` }
  }
}

function checkFileIn({ folder, readFile }: Surroundings): CheckFile {
  return (name, limit) => {
    try {
      readFile(resolve(folder, name), limit)
      return undefined
    } catch (cause) {
      return readFailure(cause)
    }
  }
}
