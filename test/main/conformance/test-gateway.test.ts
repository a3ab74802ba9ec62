import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNodeGuard, createTokenVerifier, type TokenVerifier } from '../../../src/gateway/index.js'
import type { ConformanceCheck } from '../../../src/main/conformance/run-conformance.js'
import { type KitSettings, testGateway } from '../../../src/main/conformance/test-gateway.js'

/** Runs the kit against a gateway that is made once the kit says where it is. */
async function tryGateway(
  make: (kit: KitSettings) => Promise<RequestListener>,
  patienceMs = 10_000,
): Promise<readonly ConformanceCheck[] | undefined> {
  let listener: RequestListener = (_request, response) => void response.writeHead(503).end()
  const server = createServer((request, response) => void listener(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await testGateway({
      target: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
      port: 0,
      withinMs: 2000,
      patienceMs,
      async onListening(kit) {
        listener = await make(kit)
      },
    })
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

function startVerifier({ issuer, audience, url }: KitSettings): Promise<TokenVerifier> {
  const feed = { url, clientId: 'conformance', clientSecret: 'conformance', requireSignature: true }
  return createTokenVerifier({ issuer, audience, jwksUri: `${url}/oauth2/jwks`, feed })
}

it('finds nothing wrong with the package', async () => {
  let verifier: TokenVerifier | undefined
  const checks = await tryGateway(async (kit) => {
    verifier = await startVerifier(kit)
    const guard = createNodeGuard(verifier)
    return async (request, response) => {
      if ((await guard(request, response)) !== undefined) response.end()
    }
  })
  await verifier?.close()
  expect(checks?.filter(({ ok }) => !ok)).toEqual([])
  expect(checks?.length).toBeGreaterThan(90)
}, 60_000)

it('finds out one that believes every token, and one that does not hear of revocations', async () => {
  let verifier: TokenVerifier | undefined
  const checks = await tryGateway(async (kit) => {
    verifier = await startVerifier(kit)
    return (_request, response) => void response.end()
  })
  await verifier?.close()
  const namesOf = (wanted: (check: ConformanceCheck) => boolean) => checks?.filter(wanted).map(({ name }) => name)
  const failed = namesOf(({ ok }) => !ok)
  expect(failed).toEqual(expect.arrayContaining(['alg none', 'expired', 'a server that was rolled back: what was revoked']))
  // node:http itself answers 431 to a header without end.
  expect(failed).toEqual(namesOf(({ expected, name }) => expected === 'refuse' && name !== 'endless'))
}, 120_000)

it('says so when no gateway comes', async () => {
  expect(await tryGateway(async () => (_request, response) => void response.writeHead(401).end(), 500)).toBeUndefined()
})
