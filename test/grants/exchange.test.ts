import { OAuthError } from '../../src/errors/oauth-error.js'
import { createExchange, type IssuePair, type TokenResponse } from '../../src/grants/exchange.js'
import type { Decision, Grant } from '../../src/grants/grant.js'
import type { BusinessEvent } from '../../src/model/event.js'
import { seconds } from '../../src/model/time.js'
import { anAuthorization } from '../issuers/an-authorization.js'
import { aClient } from '../stores/opened-stores.js'

const decision: Decision = { authorization: anAuthorization(), refresh: { kind: 'none' } }
const response = (accessToken: string): TokenResponse => ({ accessToken, expiresIn: seconds(60), scopes: [], refreshToken: undefined })

function createFixture() {
  const events: BusinessEvent[] = []
  const grantOf = (grantType: string): Grant => ({ grantType, authorize: async () => decision })
  const issue =
    (kind: string): IssuePair =>
    async (given) =>
      response(`${kind} ${given === decision}`)
  const exchange = createExchange(
    [grantOf('client_credentials'), grantOf('password')],
    { JWT: issue('JWT'), OAUTH: issue('OAUTH') },
    (event) => void events.push(event),
  )
  const ask = (grantType: string | undefined, client = aClient()) =>
    exchange({ client, parameters: new Map(grantType === undefined ? [] : [['grant_type', grantType]]), resources: [], address: '::1' })
  const refusal = async (...asked: Parameters<typeof ask>): Promise<string> =>
    ask(...asked).then(
      () => 'granted',
      (error: unknown) => (error instanceof OAuthError ? error.code : Promise.reject(error)),
    )
  return { events, ask, refusal }
}

describe('a token request', () => {
  it.each(['JWT', 'OAUTH'] as const)('is decided by its grant and issued in the client’s kind of token: %s', async (tokenType) => {
    const { ask, events } = createFixture()
    expect(await ask('client_credentials', aClient('c', { tokenType }))).toEqual(response(`${tokenType} true`))
    expect(events).toEqual([{ type: 'tokens_issued', clientId: 'c', grantType: 'client_credentials' }])
  })

  it('without a grant_type is refused (RFC 6749 §5.2 invalid_request)', async () => {
    expect(await createFixture().refusal(undefined)).toBe('invalid_request')
  })

  it.each(['implicit', '', 'constructor', 'Client_credentials'])(
    'with the grant_type %j is refused (RFC 6749 §5.2 unsupported_grant_type)',
    async (grantType) => {
      expect(await createFixture().refusal(grantType)).toBe('unsupported_grant_type')
    },
  )

  it('with a grant_type the client may not use is refused (RFC 6749 §5.2 unauthorized_client), and nothing is announced', async () => {
    const { refusal, events } = createFixture()
    expect(await refusal('password')).toBe('unauthorized_client')
    expect(events).toEqual([])
  })
})
