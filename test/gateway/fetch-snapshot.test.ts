import { createFeedTrust } from '../../src/gateway/feed-trust.js'
import { createFetchSnapshot } from '../../src/gateway/fetch-snapshot.js'
import { createRemoteKeys } from '../../src/gateway/remote-keys.js'
import { createSystemClock } from '../../src/gateway/system-clock.js'
import { NO_WARM_START } from '../../src/gateway/warm-start.js'

const HEAD = `${JSON.stringify({ epoch: '1763680000000', seq: 0, generated_at: 0 })}\n`
const END = '{"end":true,"count":0}\n'
const issuer = 'https://id.example.com'

/** A snapshot of which these parts come, each after a while; the connection stays open after the last, and fails when it is aborted. */
function fetchOf(parts: readonly string[], { isWhole }: { readonly isWhole: boolean }) {
  const given: AbortSignal[] = []
  const requests = {
    async get(_what: string, _accept: string, { signal }: { readonly signal: AbortSignal }): Promise<Response> {
      given.push(signal)
      const left = [...parts]
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 5))
          const next = left.shift()
          if (next !== undefined) controller.enqueue(Buffer.from(next))
          else if (isWhole) controller.close()
          else await new Promise(() => undefined)
        },
      })
      return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } })
    },
  }
  const keys = createRemoteKeys(async () => Promise.reject(new Error('not asked for')), createSystemClock())
  const trust = createFeedTrust({ issuer, isSignatureRequired: false, findKey: () => undefined })
  const fetchSnapshot = createFetchSnapshot({ issuer, requests, trust, keys, warmStart: NO_WARM_START, silenceMs: 200 })
  return { given, fetched: fetchSnapshot(() => undefined, { signal: new AbortController().signal, patienceMs: 1000 }) }
}

it('gives a snapshot up that falls silent before its end', async () => {
  const { given, fetched } = fetchOf([HEAD], { isWhole: false })
  await expect(fetched).rejects.toThrow('the snapshot fell silent')
  expect(given.map(({ aborted }) => aborted)).toEqual([true])
})

it('takes one that comes in many pieces', async () => {
  const { fetched } = fetchOf([HEAD, ...END], { isWhole: true })
  expect((await fetched).head).toMatchObject({ epoch: '1763680000000', seq: 0 })
})
