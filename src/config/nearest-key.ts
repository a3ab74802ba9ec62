/** Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other. */
export function editDistance(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const replaced = at(last, column - 1) + (one[row - 1] === other[column - 1] ? 0 : 1)
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1] ? at(beforeLast, column - 2) + 1 : replaced
      current.push(Math.min(at(last, column) + 1, at(current, column - 1) + 1, replaced, swapped))
    }
    beforeLast = last
    last = current
  }
  return at(last, other.length)
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY

const tolerated = (word: string): number => Math.max(2, Math.floor(word.length / 4))

/** The candidate that `word` was most likely meant to be; undefined when none is near. */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .filter((candidate) => Math.abs(candidate.length - word.length) <= tolerated(word))
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= tolerated(word))
  return near.sort((one, other) => one.distance - other.distance)[0]?.candidate
}

const lastSegment = (path: string): string => path.slice(path.lastIndexOf('.') + 1)

/** The known key path nearest to `path`: by spelling within the same table, else of that name in the one other table that has it, else by spelling. */
export function nearestKey(path: string, known: readonly string[]): string | undefined {
  const table = path.slice(0, path.length - lastSegment(path).length)
  const siblings = known.filter((candidate) => candidate.startsWith(table) && !candidate.slice(table.length).includes('.'))
  const sibling = nearestWord(lastSegment(path), siblings.map(lastSegment))
  if (sibling !== undefined) return table + sibling
  const namesakes = known.filter((candidate) => lastSegment(candidate) === lastSegment(path))
  return namesakes.length === 1 ? namesakes[0] : nearestWord(path, known)
}
