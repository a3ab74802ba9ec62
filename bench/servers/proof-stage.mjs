import { openDatabase } from '../../dist/adapters/prisma/open-database.js'
import { openMint } from '../load/mint.mjs'
import { startFaultyLine } from './faulty-line.mjs'
import { findNode } from './find-node.mjs'
import { openDeployment } from './jeton-on-database.mjs'
import { installPackage, startPackedGateway } from './packed-gateway.mjs'
import { createApplication } from './start-jeton.mjs'

const NO_LIMITS = { keepAfterExpiry: 0, maxClockSkew: 0 }
/** So many can be held one by one; with fewer they are put together, and gateways ask instead of refusing. */
const MOST_ENTRIES = 2_500_000

/** A server, the log that it announces, gateways of the installed package, and a line to each that can be broken. */
export async function openProofStage({ gateways: count, link }) {
  const closers = []
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one()
  }
  try {
    const deployment = await openDeployment({ engine: 'sqlite', node: findNode().path })
    closers.push(deployment.close)
    const installed = installPackage({ link })
    closers.push(installed.remove)
    const server = await deployment.startNode()
    const listener = createApplication(server, { grantTypes: 'client_credentials', scopes: 'revocation_feed' })
    const database = await openDatabase({ ...deployment.mint.options, ...NO_LIMITS })
    closers.push(() => database.close())
    const mint = await openMint(deployment.mint, { clientId: createApplication(server, { grantTypes: 'client_credentials' }).id })
    const lines = []
    const gateways = []
    for (let index = 0; index < count; index++) {
      const line = await startFaultyLine(server.port)
      closers.push(() => line.close())
      const settings = describeGateway(deployment.mint.issuer, `http://127.0.0.1:${line.port}`, listener)
      const gateway = await startPackedGateway({ folder: installed.folder, settings })
      closers.push(() => gateway.stop())
      lines.push(line)
      gateways.push(gateway)
    }
    return { server, lines, gateways, log: database.revocations, mint, dependencies: installed.dependencies, close }
  } catch (error) {
    await close()
    throw error
  }
}

const describeGateway = (issuer, url, { id, secret }) => ({
  issuer,
  audience: issuer,
  jwksUri: `${url}/oauth2/jwks`,
  feed: { url, clientId: id, clientSecret: secret, requireSignature: true, maxEntries: MOST_ENTRIES },
})
