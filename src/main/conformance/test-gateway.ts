import { readKit } from './kit.js'
import { createKitFeed } from './kit-feed.js'
import { startKitServer } from './kit-server.js'
import { type ConformanceCheck, runConformance } from './run-conformance.js'

export interface ConformanceRequest {
  readonly target: URL
  /** Of the kit's own server on 127.0.0.1; 0 takes any free one. */
  readonly port: number
  readonly withinMs: number
  readonly patienceMs: number
  /** Is told once where the gateway has to be pointed at. */
  readonly onListening: (settings: KitSettings) => void
}

/** What the gateway under test has to be told. */
export interface KitSettings {
  readonly issuer: string
  readonly audience: string
  readonly url: string
}

/** Runs the kit against a gateway. @returns undefined where the gateway did not come. @throws CommandRefused `cannot_listen` */
export type TestGateway = (request: ConformanceRequest) => Promise<readonly ConformanceCheck[] | undefined>

export const testGateway: TestGateway = async ({ target, port, withinMs, patienceMs, onListening }) => {
  const kit = readKit()
  const feed = createKitFeed(kit, Date.now)
  const server = await startKitServer(kit, feed, port)
  try {
    onListening({ issuer: kit.issuer, audience: kit.audience, url: server.url })
    return await runConformance({ kit, feed, server, target, withinMs, patienceMs })
  } finally {
    await server.close()
  }
}
