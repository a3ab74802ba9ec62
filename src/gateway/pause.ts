/** Waits until the time is over or `signal` aborts. @param keepsAlive whether the process waits too when nothing else is left to do. */
export function pause(lengthMs: number, signal: AbortSignal, keepsAlive: boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, lengthMs)
    if (!keepsAlive) timer.unref()
    signal.addEventListener('abort', end, { once: true })
    function end(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    if (signal.aborted) end()
  })
}

const SHORTEST_MS = 100
/** So that a gateway is back within two seconds when a long partition is over. */
const LONGEST_MS = 1500

/**
 * How long to wait after so many failures in a row, at random between half of it and all, so that gateways do not come back in step.
 * @param spentMs what the last attempt took: it counts as waited, but for the shortest wait.
 */
export function backOffMs(failures: number, spentMs: number): number {
  const lengthMs = Math.max(SHORTEST_MS, Math.min(LONGEST_MS, SHORTEST_MS * 2 ** failures) - spentMs)
  return lengthMs * (0.5 + Math.random() / 2)
}
