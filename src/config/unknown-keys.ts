import { nearestKey } from './nearest-key.js'
import { formatKeyPath } from './problems.js'
import { isTable, type TomlTable } from './toml-document.js'
import type { KeyPath } from './toml-positions.js'

/** What is wrong with the shape of a document, before any value is looked at. */
export interface Misplaced {
  readonly path: KeyPath
  readonly message: string
  readonly didYouMean?: string | undefined
}

/** Where the known paths branch. A node without children is a key. */
interface KnownNode {
  readonly children: Map<string, KnownNode>
  isArray: boolean
  /** Everything below is known. */
  isOpen: boolean
}

/** Finds keys and tables that are not among `known` (paths as in `Key.path`), and tables that are none. An unknown table counts once. */
export function findMisplaced(root: TomlTable, known: readonly string[]): readonly Misplaced[] {
  const suggestions = suggestible(known)
  const suggest = (path: KeyPath) => nearestKey(formatKeyPath(path), suggestions)
  return checkTable(root, knownTree(known), [], suggest)
}

type Suggest = (path: KeyPath) => string | undefined

function checkTable(table: TomlTable, node: KnownNode, path: KeyPath, suggest: Suggest): readonly Misplaced[] {
  return Object.entries(table).flatMap(([name, value]) => {
    const here = [...path, name]
    const child = node.children.get(name)
    if (child === undefined) return [{ path: here, message: `unknown ${isTable(value) ? 'table' : 'key'}`, didYouMean: suggest(here) }]
    return child.children.size === 0 || child.isOpen ? [] : checkChild(value, child, here, suggest)
  })
}

function checkChild(value: unknown, child: KnownNode, path: KeyPath, suggest: Suggest): readonly Misplaced[] {
  const name = formatKeyPath(path)
  if (!child.isArray) return isTable(value) ? checkTable(value, child, path, suggest) : [{ path, message: `expected a table: [${name}]` }]
  if (!Array.isArray(value)) return [{ path, message: `expected an array of tables: [[${name}]]` }]
  return value.flatMap((item: unknown, index) =>
    isTable(item)
      ? checkTable(item, child, [...path, index], suggest)
      : [{ path: [...path, index], message: `expected an array of tables: [[${name}]]` }],
  )
}

function knownTree(known: readonly string[]): KnownNode {
  const root = node()
  for (const path of known) {
    let at = root
    for (const segment of path.split('.')) {
      if (segment === '*') at.isOpen = true
      else at = childOf(at, segment)
    }
  }
  return root
}

function childOf(parent: KnownNode, segment: string): KnownNode {
  const name = segment.replace('[]', '')
  const child = parent.children.get(name) ?? node()
  child.isArray ||= segment.endsWith('[]')
  parent.children.set(name, child)
  return child
}

const node = (): KnownNode => ({ children: new Map(), isArray: false, isOpen: false })

/** The paths and the tables on the way to them, as an operator writes them. */
function suggestible(known: readonly string[]): readonly string[] {
  const paths = known.map((path) => path.replaceAll('[]', '').replace(/\.\*$/, ''))
  return [...new Set(paths.flatMap((path) => path.split('.').map((_, index, all) => all.slice(0, index + 1).join('.'))))]
}
