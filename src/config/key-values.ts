import type { Kind, Reading } from './kind.js'
import type { Key } from './known-keys/key.js'
import type { Place, Problem } from './problems.js'
import { formatKeyPath } from './problems.js'
import { expandReferences, type ReferenceSources } from './references.js'
import { isTable, type TomlDocument } from './toml-document.js'
import type { KeyPath } from './toml-positions.js'

/** The values of one file, by known key. Mistakes are collected, so that all are told at once. */
export interface KeyValues {
  /** The value, or the default where the file says nothing or nothing that fits. */
  get<Value>(key: Key<Value>): Value
  isPresent(key: Key<unknown>): boolean
  /** Nothing is wrong with it so far. */
  isSound(key: Key<unknown>): boolean
  /** The path of the key as it stands in the file, with its place in an array. */
  pathOf(key: Key<unknown>): KeyPath
  placeOf(key: Key<unknown>): Place
  report(path: KeyPath, message: string, didYouMean?: string): void
  readonly problems: readonly Problem[]
}

interface Occurrence {
  readonly path: KeyPath
  readonly raw: unknown
  /** Whether a `$env{…}` or `$secret{…}` made the value, which is a text then whatever the key wants. */
  readonly referred: boolean
}

/** Reads every known key of the document once; what does not fit or is refused becomes a problem. */
export function readKeyValues(file: string, document: TomlDocument, known: readonly Key<unknown>[], sources: ReferenceSources): KeyValues {
  const problems: Problem[] = []
  const occurrences = new Map<string, readonly Occurrence[]>()
  const placeAt = (path: KeyPath): Place => ({ file, line: document.lineOf(path), key: formatKeyPath(path) })
  const report = (path: KeyPath, message: string, didYouMean?: string): void => {
    const hint = didYouMean === undefined ? {} : { didYouMean }
    problems.push({ ...placeAt(path), message, ...hint })
  }
  const expand =
    (key: Key<unknown>) =>
    (path: KeyPath, raw: unknown): readonly Occurrence[] => {
      if (key.isIgnored) return [{ path, raw, referred: false }]
      const expansion = expandReferences(raw, sources)
      if (expansion.ok) return [{ path, raw: expansion.value, referred: expansion.referred }]
      report(path, expansion.message)
      return []
    }
  for (const key of known) {
    const found = occurrencesOf(document, key.path).flatMap(({ path, raw }) => expand(key)(path, raw))
    occurrences.set(key.path, found)
    for (const occurrence of found) checkOccurrence(key, occurrence, report)
  }
  const pathOf = (key: Key<unknown>): KeyPath => occurrences.get(key.path)?.[0]?.path ?? key.path.replaceAll('[]', '').split('.')
  return {
    get: (key) => valueOfKey(key, occurrences.get(key.path)?.[0]),
    isPresent: (key) => (occurrences.get(key.path)?.length ?? 0) > 0,
    isSound: (key) => problems.every((problem) => problem.key !== key.path),
    pathOf,
    placeOf: (key) => placeAt(pathOf(key)),
    report,
    problems,
  }
}

function checkOccurrence(key: Key<unknown>, occurrence: Occurrence, report: KeyValues['report']): void {
  const reading = readAs(key.kind, occurrence)
  const refusal = reading.ok ? key.refuses?.(reading.value) : undefined
  if (!reading.ok) report(occurrence.path, reading.message, reading.didYouMean)
  if (refusal !== undefined) report(occurrence.path, refusal)
}

function valueOfKey<Value>(key: Key<Value>, occurrence: Occurrence | undefined): Value {
  const reading = occurrence === undefined ? undefined : readAs(key.kind, occurrence)
  if (reading?.ok) return reading.value
  const byDefault = key.kind.read(key.byDefault)
  if (!byDefault.ok) throw new TypeError(`the default of ${key.path} does not fit: ${byDefault.message}`)
  return byDefault.value
}

function readAs<Value>(kind: Kind<Value>, occurrence: Occurrence): Reading<Value> {
  const reading = kind.read(occurrence.raw)
  if (reading.ok || !occurrence.referred) return reading
  const converted = kind.read(scalarOf(occurrence.raw))
  return converted.ok ? converted : reading
}

function scalarOf(text: unknown): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return typeof text === 'string' && /^-?\d{1,15}$/.test(text) ? Number(text) : text
}

function occurrencesOf(document: TomlDocument, keyPath: string): readonly { readonly path: KeyPath; readonly raw: unknown }[] {
  let found: readonly { readonly path: KeyPath; readonly raw: unknown }[] = [{ path: [], raw: document.root }]
  for (const segment of keyPath.split('.')) {
    if (segment === '*') break
    const name = segment.replace('[]', '')
    found = found.flatMap(({ path, raw }) => (isTable(raw) && Object.hasOwn(raw, name) ? [{ path: [...path, name], raw: raw[name] }] : []))
    if (segment.endsWith('[]')) found = found.flatMap(elementsOf)
  }
  return found
}

function elementsOf({ path, raw }: { readonly path: KeyPath; readonly raw: unknown }): readonly { readonly path: KeyPath; readonly raw: unknown }[] {
  return Array.isArray(raw) ? raw.map((item: unknown, index) => ({ path: [...path, index], raw: item })) : []
}
