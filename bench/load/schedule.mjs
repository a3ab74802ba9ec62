const TICK_MS = 2

/**
 * Calls `start(scheduledMs)` of each operation at its constant `rate` a second, whatever comes of the earlier ones, until
 * `seconds` are over. Latencies reckoned from `scheduledMs` are free of coordinated omission: a server that stands still does
 * not keep the next requests from counting.
 */
export function runSchedule(operations, { seconds }) {
  const beganMs = performance.now()
  const endMs = beganMs + seconds * 1000
  const due = operations.map(({ rate, start }, index) => ({
    start,
    everyMs: 1000 / rate,
    // Not all at once.
    nextMs: beganMs + (1000 / rate) * (index / operations.length),
  }))
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const now = performance.now()
      for (const operation of due) {
        for (; operation.nextMs <= now && operation.nextMs < endMs; operation.nextMs += operation.everyMs) operation.start(operation.nextMs)
      }
      if (now < endMs) return
      clearInterval(timer)
      resolve()
    }, TICK_MS)
  })
}
