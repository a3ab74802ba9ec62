import type { EventBody } from '../../src/wso2/event-bodies.js'
import type { PostEvent, PostOutcome } from '../../src/wso2/send-line.js'

/** `lost`: taken, and the answer never arrives. `held`: no answer until `release`. */
export type Behaviour = 'taken' | 'refused' | 'failed' | 'lost' | 'held'

/** A receiver in memory that does with each event what the test says. */
export class FakeControlPlane {
  readonly received: EventBody[] = []
  attempts = 0
  underWay = 0
  mostUnderWay = 0
  behave: (body: EventBody) => Behaviour = () => 'taken'
  #held: (() => void)[] = []

  readonly post: PostEvent = async (body) => {
    this.attempts++
    this.underWay++
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay)
    const behaviour = this.behave(body)
    await new Promise<void>((resolve) => (behaviour === 'held' ? this.#held.push(resolve) : setImmediate(resolve)))
    this.underWay--
    return this.#answer(behaviour, body)
  }

  release(): void {
    for (const release of this.#held.splice(0)) release()
  }

  #answer(behaviour: Behaviour, body: EventBody): PostOutcome {
    if (behaviour === 'taken' || behaviour === 'lost' || behaviour === 'held') this.received.push(body)
    if (behaviour === 'taken' || behaviour === 'held') return { kind: 'taken' }
    return { kind: behaviour === 'refused' ? 'refused' : 'failed', cause: new Error(`the fake says ${behaviour}`) }
  }
}
