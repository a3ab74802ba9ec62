import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConformanceCheck } from '../../src/main/conformance/run-conformance.js'
import { testGateway } from '../../src/main/conformance/test-gateway.js'
import { findFreePort } from '../../src/main/demo/free-port.js'
import { INSTALLED, PROXY_NAMES, type ProxyName, startProxy } from './proxies.js'
import { sidecarOf, startUpstream } from './proxy-stage.js'

/** Runs the kit against one of the gateways of `adapters/`, with a sidecar of its own. */
async function tryProxy(name: ProxyName): Promise<readonly ConformanceCheck[] | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-conformance-'))
  chmodSync(folder, 0o755)
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const [listen, port] = [await findFreePort(), await findFreePort()]
  try {
    return await testGateway({
      target: new URL(`http://127.0.0.1:${listen}/orders`),
      ...{ port: 0, withinMs: 3000, patienceMs: 20_000 },
      async onListening({ issuer, audience, url }) {
        const upstream = await startUpstream()
        closing.push(upstream.close)
        const sidecar = sidecarOf(folder, { port, issuer, audience, feed: url, clientId: 'conformance', clientSecret: 'conformance' })
        closing.push(sidecar.stop)
        await sidecar.start()
        const around = { issuer, jwks: `${url}/oauth2/jwks`, audience, upstream: upstream.address, sidecar: `127.0.0.1:${port}`, folder, listen }
        closing.push((await startProxy(name, around)).stop)
      },
    })
  } finally {
    for (const one of closing.reverse()) await one()
  }
}

/** What each does in another way than the kit has it, as docs/proxies.md says. */
const DEVIATIONS: Readonly<Record<ProxyName, readonly string[]>> = {
  haproxy: ['refuses ps256', 'refuses eddsa', 'accepts a payload that is no UTF-8'],
  nginx: [],
  'nginx-lua': [],
  apache: [
    'refuses ps256',
    'refuses eddsa',
    'accepts a key that was published with its private half',
    'accepts a short RSA key',
    'accepts jti as a number',
  ],
}

for (const name of PROXY_NAMES) {
  const run = INSTALLED.includes(name) ? it : it.skip
  run(
    `${name} agrees with the kit, but for what is stated`,
    async () => {
      const checks = await tryProxy(name)
      const deviations = checks?.filter(({ ok }) => !ok).map((check) => `${check.expected === 'accept' ? 'refuses' : 'accepts'} ${check.name}`)
      expect(deviations).toEqual(DEVIATIONS[name])
      expect(checks?.length).toBeGreaterThan(90)
    },
    90_000,
  )
}
