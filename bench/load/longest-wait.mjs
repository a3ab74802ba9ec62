/** Does `work` again and again, one after the other, and says how long each took. */
export function watchLatency(work) {
  let isOver = false
  let latencies = []
  const running = (async () => {
    while (!isOver) {
      const began = performance.now()
      await work()
      latencies.push(performance.now() - began)
    }
  })()
  return {
    /** Of what has come to its end since the last time. */
    take() {
      const taken = latencies
      latencies = []
      return taken.length === 0 ? { count: 0, longestMs: 0 } : { count: taken.length, longestMs: Math.max(...taken) }
    },
    async stop() {
      isOver = true
      await running
    },
  }
}
