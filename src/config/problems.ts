/** Where something stands in the configuration. */
export interface Place {
  /** As the operator named it. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** Dotted; empty where the file as a whole is meant. */
  readonly key: string
}

/** One mistake in the configuration. Never holds a value of the file: values may be secrets. */
export interface Problem extends Place {
  readonly message: string
  readonly didYouMean?: string
}

const BARE_KEY = /^[A-Za-z0-9_-]+$/

/** A key path as it could stand in the file; places in arrays are left out, the line tells them. */
export function formatKeyPath(path: readonly (string | number)[]): string {
  return path
    .filter((segment) => typeof segment === 'string')
    .map((segment) => (BARE_KEY.test(segment) ? segment : JSON.stringify(segment)))
    .join('.')
}

/** `FILE:LINE: key.path: message (did you mean "…"?)` */
export function formatProblem(problem: Problem): string {
  const key = problem.key === '' ? '' : `${problem.key}: `
  const hint = problem.didYouMean === undefined ? '' : ` (did you mean "${problem.didYouMean}"?)`
  return `${problem.file}:${problem.line}: ${key}${problem.message}${hint}`
}
