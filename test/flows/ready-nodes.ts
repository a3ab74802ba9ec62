import { setTimeout as sleep } from 'node:timers/promises'

const ASKED_EVERY_MS = 100
const PATIENCE_MS = 30_000

/** What a load balancer does: it asks every node whether it is ready, and sends requests to those that say so, in turn. */
export class ReadyNodes {
  readonly #urls: readonly string[]
  readonly #watching: Promise<unknown>
  #ready: readonly string[] = []
  #turn = 0
  #stopped = false

  constructor(urls: readonly string[]) {
    this.#urls = urls
    this.#watching = this.#watch()
  }

  /** The next node that is ready; waits for one. */
  async pick(): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS
    while (performance.now() < deadline) {
      const url = this.#ready[this.#turn++ % Math.max(1, this.#ready.length)]
      if (url !== undefined) return url
      await sleep(ASKED_EVERY_MS)
    }
    throw new Error('no node is ready')
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#watching
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      const answers = await Promise.all(this.#urls.map((url) => isReady(url)))
      this.#ready = this.#urls.filter((_, index) => answers[index])
      await sleep(ASKED_EVERY_MS)
    }
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/readyz`, { headers: { connection: 'close' } })
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}
