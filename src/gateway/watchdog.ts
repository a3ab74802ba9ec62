/** Barks when it has not been fed for a while. */
export interface Watchdog {
  readonly signal: AbortSignal
  feed(): void
  stop(): void
}

/** @param reason what `signal` aborts with after `lengthMs` without {@link Watchdog.feed}. */
export function createWatchdog(lengthMs: number, reason: Error): Watchdog {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(reason), lengthMs)
  timer.unref()
  return {
    signal: controller.signal,
    feed: () => void timer.refresh(),
    stop() {
      clearTimeout(timer)
      // Releases the connection whose signal this is.
      controller.abort(reason)
    },
  }
}
