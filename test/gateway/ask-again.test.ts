import { setTimeout as sleep } from 'node:timers/promises'
import { askAgain } from '../../src/gateway/ask-again.js'

const PATIENCE_MS = 20

/** The outcomes in turn; undefined: no answer ever comes. */
function script(...outcomes: readonly (Response | Error | undefined)[]) {
  const signals: AbortSignal[] = []
  const ask = (signal: AbortSignal): Promise<Response> => {
    const outcome = outcomes[signals.push(signal) - 1]
    if (outcome instanceof Response) return Promise.resolve(outcome)
    if (outcome instanceof Error) return Promise.reject(outcome)
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  return { ask, signals }
}

const isAborted = ({ aborted }: AbortSignal): boolean => aborted

it('asks once where an answer comes, and leaves it alone', async () => {
  const answer = new Response('')
  const { ask, signals } = script(answer)
  expect(await askAgain(ask, new AbortController().signal, PATIENCE_MS)).toBe(answer)
  await sleep(PATIENCE_MS * 3)
  expect(signals.map(isAborted)).toEqual([false])
})

it('asks again beside a request that is not answered, takes the first answer, and gives the others up', async () => {
  const answer = new Response('')
  const { ask, signals } = script(undefined, undefined, answer)
  expect(await askAgain(ask, new AbortController().signal, PATIENCE_MS)).toBe(answer)
  await sleep(PATIENCE_MS * 3)
  expect(signals.map(isAborted)).toEqual([true, true, false])
})

it('fails with the first failure, and asks no more', async () => {
  const { ask, signals } = script(undefined, new Error('refused'), new Response(''))
  await expect(askAgain(ask, new AbortController().signal, PATIENCE_MS)).rejects.toThrow('refused')
  await sleep(PATIENCE_MS * 3)
  expect(signals.map(isAborted)).toEqual([true, false])
})

it('ends with the signal, which goes on to hold for the answer', async () => {
  const stop = new AbortController()
  const waiting = askAgain(script(undefined).ask, stop.signal, PATIENCE_MS)
  stop.abort(new Error('over'))
  await expect(waiting).rejects.toThrow('over')

  const { ask, signals } = script(new Response(''))
  const later = new AbortController()
  await askAgain(ask, later.signal, PATIENCE_MS)
  later.abort()
  expect(signals.map(isAborted)).toEqual([true])
})
