export function percentiles(latencies) {
  const sorted = Float64Array.from(latencies).sort()
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1) }
}
