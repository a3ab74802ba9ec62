import type { SourceTree } from './source-tree.js'

/** In-memory files: path below `src` -> text. */
export type Sample = Readonly<Record<string, string>>

/** One rule of the style guide that a machine can check. */
export interface Rule {
  /** Ends the sentence "the source …". */
  readonly name: string
  /** Each breach as `file:line what`. */
  find(tree: SourceTree): readonly string[]
  /** Samples that break the rule: a check that finds none of them cannot fail, and is no check. */
  readonly broken: readonly Sample[]
  /** Samples that look like a breach and are none. */
  readonly kept?: readonly Sample[]
}
