import { isDeepStrictEqual } from 'node:util'

/** What is to be true after one step of the demo, and what was. */
export interface Steps {
  /** Begins a part of the demo. */
  part(title: string): void
  /** One step: prints it with its result, and counts it when that is not what it should be. */
  check(name: string, actual: unknown, expected: unknown): void
  /** Something worth knowing that is neither right nor wrong. */
  note(text: string): void
  differing(): number
  /** A line for each part, and the sum. */
  summary(): string
}

interface Part {
  readonly title: string
  steps: number
  differing: number
}

const TITLE_WIDTH = 48

/** Prints through `print`, a line at a time. */
export function createSteps(print: (line: string) => void): Steps {
  const parts: Part[] = []
  const sum = (of: 'steps' | 'differing'): number => parts.reduce((total, part) => total + part[of], 0)
  return {
    part(title) {
      parts.push({ title, steps: 0, differing: 0 })
      print(`\n${title}`)
    },
    check(name, actual, expected) {
      const part = parts.at(-1)
      const isRight = isDeepStrictEqual(actual, expected)
      if (part) part.steps++
      if (part && !isRight) part.differing++
      print(isRight ? `  ok       ${name}: ${format(actual)}` : `  DIFFERS  ${name}: ${format(actual)} instead of ${format(expected)}`)
    },
    note: (text) => print(`           ${text}`),
    differing: () => sum('differing'),
    summary: () =>
      [
        ...parts.map(
          ({ title, steps, differing }) => `${title.padEnd(TITLE_WIDTH)}${`${steps} steps`.padStart(10)}${`${differing} differ`.padStart(12)}`,
        ),
        `${sum('steps')} steps, ${sum('differing')} differ`,
      ].join('\n'),
  }
}

const format = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
