import type { Kind } from '../kind.js'

/**
 * One key of `deployment.toml`. In `path`, `[]` marks an array of tables, a last segment `*` everything in a table of WSO2's.
 * What is known has an effect, is refused by name, or is named at start: never silently ignored.
 */
export interface Key<Value> {
  readonly path: string
  readonly kind: Kind<Value>
  readonly about: string
  /** As it would stand in the file. */
  readonly byDefault?: unknown
  /** In words, where no value says it. */
  readonly defaultIs?: string
  /** Said once at start when the key is there; completes "[table] key: …". */
  readonly notice?: string
  /** Nothing is read, so that WSO2's own references may stand there unresolved. */
  readonly isIgnored?: true
  /** Why a value that fits is not taken in this release. */
  refuses?(value: Value): string | undefined
}

/** Keeps the type of the kind for whoever reads the key. */
export function key<Value>(definition: Key<Value>): Key<Value> {
  return definition
}

export const LATER = 'is not available in this release'

/** For a switch that cannot be turned from its default yet. */
export function only<Value>(value: Value, why: string): (given: Value) => string | undefined {
  return (given) => (given === value ? undefined : why)
}
