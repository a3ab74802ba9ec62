/**
 * Asks, and whenever nothing has come for about `patienceMs` once more beside that: what was sent into a partition is often lost for good, and
 * whoever waited for its answer would not notice that the partition is over. The first outcome counts; the others are given up.
 * @param patienceMs at random between three quarters of it and all, so that gateways do not ask in step.
 */
export function askAgain<Answer>(ask: (signal: AbortSignal) => Promise<Answer>, signal: AbortSignal, patienceMs: number): Promise<Answer> {
  const asked: AbortController[] = []
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout
    let isOver = false

    /** Those that are given up fail after it. */
    function end(kept: AbortController): void {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      for (const one of asked) if (one !== kept) one.abort()
    }

    function askOnce(): void {
      const own = new AbortController()
      asked.push(own)
      timer = setTimeout(askOnce, patienceMs * (0.75 + Math.random() / 4))
      timer.unref()
      ask(AbortSignal.any([signal, own.signal]))
        .finally(() => end(own))
        .then(resolve, reject)
    }

    askOnce()
  })
}
