import { noFailureLimiter } from '../../src/adapters/memory/no-failure-limiter.js'
import { createEventLog } from '../../src/adapters/system/event-log.js'
import { createClientAuthentication } from '../../src/clients/authenticate-client.js'
import type { Settings } from '../../src/config/settings.js'
import { OAuthError } from '../../src/errors/oauth-error.js'
import { createExchange, type TokenResponse } from '../../src/grants/exchange.js'
import { createKeyRotation } from '../../src/keys/rotate-keys.js'
import { createSealer } from '../../src/keys/seal.js'
import type { Operations } from '../../src/main/commands/operations.js'
import { composeGrants } from '../../src/main/compose/compose-grants.js'
import { composeOperations } from '../../src/main/compose/compose-operations.js'
import { composePairs } from '../../src/main/compose/compose-pairs.js'
import { composePurger } from '../../src/main/compose/compose-purger.js'
import { composeReading } from '../../src/main/compose/compose-reading.js'
import { composeState } from '../../src/main/compose/compose-state.js'
import type { Resources } from '../../src/main/resources.js'
import type { Client } from '../../src/model/client.js'
import { clientId } from '../../src/model/ids.js'
import { type Clock, seconds } from '../../src/model/time.js'
import type { Stores } from '../../src/stores/stores.js'
import { createIntrospection } from '../../src/tokens/introspect-token.js'
import { createTokenRevocation } from '../../src/tokens/revoke-token.js'
import { createCheapPasswords } from '../cheap-passwords.js'
import type { Credentials } from './jeton-in-process.js'

const ISSUER = 'https://jeton.test'

/** One node of a Jeton without HTTP, and with passwords that cost nothing. */
export interface RefreshNode {
  readonly operations: Operations
  /** @returns the error code where the request is refused. */
  token(client: Credentials, parameters: Record<string, string>): Promise<TokenResponse | string>
  /** @returns the error code where the request is refused. */
  revoke(client: Credentials, token: string): Promise<'done' | string>
  isActive(client: Credentials, token: string, hint?: 'refresh_token'): Promise<boolean>
  poll(): Promise<void>
}

export async function startNode(stores: Stores, clock: Clock, settings: Settings): Promise<RefreshNode> {
  const resources: Resources = {
    stores,
    clock,
    sealer: createSealer([Buffer.alloc(32, 7)]),
    log: createEventLog({ level: 'silent' }),
    passwords: createCheapPasswords(),
    clientFailures: noFailureLimiter,
    userFailures: noFailureLimiter,
  }
  const events = () => undefined
  const state = composeState(settings, resources, { events, issuer: ISSUER })
  const reading = composeReading(state, resources, ISSUER)
  const parts = { state, reading, events, issuer: ISSUER }
  const exchange = createExchange(composeGrants(settings, resources, parts), composePairs(settings, resources, parts), events)
  const { isRevoked, keys, clients, follower, recorder } = state
  const revokeToken = createTokenRevocation({
    findAccessToken: reading.findUnjudgedAccessToken,
    findRefreshToken: reading.findRefreshToken,
    refusal: state.refusal,
    record: (revocation) => recorder.submit(revocation),
  })
  const findUsername = (subject: Parameters<typeof state.usernames.find>[0]) => state.usernames.find(subject)
  const introspect = createIntrospection({ ...reading, isRevoked, grants: stores.grants, findUsername, grace: settings.renewal, issuer: ISSUER })
  const longestLifetime = () => follower.heads().longestRefreshLifetime
  const rotation = createKeyRotation(
    { store: stores.keys, sealer: resources.sealer, clock, events, longestLifetime },
    { ...settings.keystore, publishBefore: seconds(301), ringTakeover: seconds(6), signingLag: seconds(311) },
  )
  const authenticate = createClientAuthentication({
    findClient: (id) => clients.find(id),
    secret: () => keys.ring().secret(),
    failures: noFailureLimiter,
    events,
  })
  const asClient = (client: Credentials): Promise<Client> => authenticate({ clientId: client.id, clientSecret: client.secret, address: '::1' })

  await stores.heads.raiseLifetimes(settings.lifetimes.userAccessToken, settings.lifetimes.refreshToken)
  await follower.poll()
  await rotation.tend()
  await keys.follow()
  return {
    operations: composeOperations(settings, resources, {
      ...parts,
      rotation,
      revokeToken,
      purge: composePurger(resources, { events, nodeId: 'a' }),
      version: '0',
      nodeId: 'a',
    }),
    token: (client, parameters) =>
      codeOr(async () => {
        const authenticated = await asClient(client)
        return exchange({ client: authenticated, parameters: new Map(Object.entries(parameters)), resources: [], address: '::1' })
      }),
    revoke: (client, token) =>
      codeOr(async () => {
        await revokeToken(token, await asClient(client))
        return 'done' as const
      }),
    async isActive(client, value, hint) {
      // The record itself: whether the token is good is asked here, not whether the client may ask.
      const asking = await stores.clients.find(clientId(client.id))
      if (asking === undefined) throw new Error('no such client')
      return (await introspect({ value, client: asking, hint })).active
    },
    poll: () => follower.poll(),
  }
}

async function codeOr<Answer>(work: () => Promise<Answer>): Promise<Answer | string> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof OAuthError) return error.code
    throw error
  }
}
