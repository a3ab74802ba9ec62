/** The middle one, or the mean of the two in the middle; undefined where one of them is unknown. */
export function median(values) {
  if (values.includes(undefined)) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
