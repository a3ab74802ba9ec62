import { resolve } from 'node:path'
import type { Environment } from './environment.js'
import { type ReadFile, readFailure } from './read-file.js'

export interface ReferenceSources {
  /** Where a relative `$secret{…}` starts. */
  readonly folder: string
  readonly environment: Environment
  readonly readFile: ReadFile
}

export type Expansion = { readonly ok: true; readonly value: unknown; readonly referred: boolean } | { readonly ok: false; readonly message: string }

const REFERENCE = /\$(env|secret)\{([^}]*)\}/g
const UNCLOSED = /\$(?:env|secret)\{[^}]*$/
const LONGEST_SECRET = 64 * 1024

class Unresolved extends Error {}

/** Replaces `$env{NAME}` and `$secret{file}` in a string, or in the strings of a list. What comes in is not looked through again. */
export function expandReferences(value: unknown, sources: ReferenceSources): Expansion {
  try {
    const expanded = Array.isArray(value) ? value.map((item) => expandText(item, sources)) : expandText(value, sources)
    return { ok: true, value: expanded, referred: typeof value === 'string' && value !== expanded }
  } catch (error) {
    if (error instanceof Unresolved) return { ok: false, message: error.message }
    throw error
  }
}

function expandText(value: unknown, sources: ReferenceSources): unknown {
  if (typeof value !== 'string') return value
  if (UNCLOSED.test(value)) throw new Unresolved('a reference is not closed with }')
  return value.replace(REFERENCE, (_, kind: string, name: string) => (kind === 'env' ? variable(name, sources) : secretFile(name, sources)))
}

function variable(name: string, { environment }: ReferenceSources): string {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined
  if (value === undefined) throw new Unresolved(`the environment variable ${JSON.stringify(name)} is not set`)
  return value
}

function secretFile(name: string, { folder, readFile }: ReferenceSources): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFile(resolve(folder, name), LONGEST_SECRET))
    return text.replace(/\r?\n$/, '')
  } catch (cause) {
    throw new Unresolved(`the file ${JSON.stringify(name)} cannot be read: ${readFailure(cause)}`)
  }
}
