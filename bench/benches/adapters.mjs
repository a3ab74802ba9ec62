// How long after the 200 of its revocation a token still passes at the gateways of adapters/: each of them, and the sidecar, on this machine.
import { parseArgs } from 'node:util'
import { tsImport } from 'tsx/esm/api'
import { percentiles } from '../load/percentiles.mjs'

const USAGE = 'usage: npm run bench -- adapters [--revocations N] [--json]\n'
const GIVE_UP_MS = 10_000

/** Asks until it is as wanted. @returns after how many milliseconds. */
async function until({ url }, token, wanted) {
  const start = performance.now()
  for (;;) {
    const { status } = await fetch(`${url}/orders`, { headers: { authorization: `Bearer ${token}` } }).then(async (answer) => {
      await answer.arrayBuffer()
      return answer
    })
    const tookMs = performance.now() - start
    if (status === wanted) return tookMs
    if (tookMs > GIVE_UP_MS) throw new Error(`${url} still answers ${status}, not ${wanted}`)
  }
}

async function revokeOne({ client, proxies }, times) {
  const token = String((await client.token({ grant_type: 'client_credentials' })).body.access_token)
  await Promise.all(proxies.map((proxy) => until(proxy, token, 200)))
  const { status } = await client.revoke(token)
  if (status !== 200) throw new Error(`the revocation was answered ${status}`)
  await Promise.all(proxies.map(async (proxy) => times.get(proxy.name).push(await until(proxy, token, 401))))
}

export async function run(args) {
  const { values } = parseArgs({ args, options: { revocations: { type: 'string', default: '100' }, json: { type: 'boolean', default: false } } })
  const count = Number(values.revocations)
  if (!Number.isInteger(count) || count < 1) {
    process.stderr.write(USAGE)
    return 2
  }
  const { INSTALLED } = await tsImport('../../test/flows/proxies.ts', import.meta.url)
  const { setProxyStage } = await tsImport('../../test/flows/proxy-stage.ts', import.meta.url)
  const stage = await setProxyStage(INSTALLED)
  try {
    const times = new Map(INSTALLED.map((name) => [name, []]))
    for (let round = 0; round < count; round++) await revokeOne(stage, times)
    const results = [...times].map(([name, ms]) => ({ name, revocations: count, ...percentiles(ms) }))
    if (values.json) process.stdout.write(`${JSON.stringify({ results })}\n`)
    else
      for (const one of results)
        process.stdout.write(`${one.name.padEnd(10)} p50 ${format(one.p50Ms)}  p99 ${format(one.p99Ms)}  max ${format(one.maxMs)}\n`)
    return 0
  } finally {
    await stage.close()
  }
}

const format = (ms) => `${ms.toFixed(1)} ms`.padStart(9)
