/** Requests that wait for something to come. No timer: whoever beats each second lets those go whose time is up. */
export interface LongPolls {
  /**
   * Resolves when woken, when `untilMs` has passed at a beat, or when `signal` aborts.
   * @returns undefined when there are too many.
   */
  wait(untilMs: number, signal: AbortSignal): Promise<void> | undefined
  wakeAll(): void
  beat(nowMs: number): void
}

/** @param most how many may wait at once. */
export function createLongPolls(most: number): LongPolls {
  const waiting = new Set<{ readonly untilMs: number; readonly wake: () => void }>()

  function wakeUntil(nowMs: number): void {
    for (const one of waiting) if (one.untilMs <= nowMs) one.wake()
  }

  function wait(untilMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const one = { untilMs, wake }
      function wake(): void {
        waiting.delete(one)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      waiting.add(one)
      signal.addEventListener('abort', wake)
      if (signal.aborted) wake()
    })
  }

  return {
    wait: (untilMs, signal) => (waiting.size >= most ? undefined : wait(untilMs, signal)),
    wakeAll: () => wakeUntil(Number.POSITIVE_INFINITY),
    beat: wakeUntil,
  }
}
