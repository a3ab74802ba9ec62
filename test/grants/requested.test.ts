import { OAuthError } from '../../src/errors/oauth-error.js'
import { type AudienceSettings, narrowedAudience, requestedAudience } from '../../src/grants/requested-audience.js'
import { narrowedScopes, requestedScopes } from '../../src/grants/requested-scopes.js'
import { aClient } from '../stores/opened-stores.js'

const ISSUER = 'https://id.example'
const settings: AudienceSettings = { issuer: ISSUER, defaultAudience: 'issuer' }

const refusal = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof OAuthError) return error.code
    throw error
  }
  return 'granted'
}

describe('the scopes of a new grant (RFC 6749 §3.3)', () => {
  const allowed = ['openid', 'read', 'revocation_feed', 'jeton:admin', 'apim:api_view', 'introspect_any']

  it('are all that are allowed but Jeton’s own where none is asked for', () => {
    expect(requestedScopes(undefined, allowed)).toEqual(['openid', 'read'])
  })

  it('are those that are asked for, in that order, Jeton’s own by name too', () => {
    expect(requestedScopes('read openid read', allowed)).toEqual(['read', 'openid'])
    expect(requestedScopes('jeton:admin revocation_feed', allowed)).toEqual(['jeton:admin', 'revocation_feed'])
    expect(requestedScopes('', allowed)).toEqual([])
  })

  it.each(['write', 'read write', 'READ', ' read', 'read  openid', 'read"'])(
    'are refused where %j is asked for (RFC 6749 §5.2 invalid_scope)',
    (asked) => {
      expect(refusal(() => requestedScopes(asked, allowed))).toBe('invalid_scope')
    },
  )
})

describe('the scopes of a refresh (RFC 6749 §6)', () => {
  it('are those that were granted, Jeton’s own too, or what is asked for of them', () => {
    expect(narrowedScopes(undefined, ['read', 'jeton:admin'])).toEqual(['read', 'jeton:admin'])
    expect(narrowedScopes('read', ['write', 'read'])).toEqual(['read'])
    expect(refusal(() => narrowedScopes('admin', ['read']))).toBe('invalid_scope')
  })
})

describe('the audience of a new grant', () => {
  const client = aClient('client-1', { audiences: ['https://a.example', 'https://b.example'] })
  const bare = aClient('client-2', { audiences: [] })

  it('is what is asked for, if the client has it (RFC 8707 §2)', () => {
    expect(requestedAudience(['https://b.example'], { client, scopes: ['read'] }, settings)).toEqual(['https://b.example'])
    expect(requestedAudience(['https://b.example', 'https://b.example'], { client, scopes: [] }, settings)).toEqual(['https://b.example'])
  })

  it.each(['https://c.example', 'https://a.example/', 'HTTPS://A.EXAMPLE', ISSUER, ''])(
    'is refused where %j is asked for (RFC 8707 §2 invalid_target)',
    (resource) => {
      expect(refusal(() => requestedAudience(['https://a.example', resource], { client, scopes: [] }, settings))).toBe('invalid_target')
    },
  )

  it('is that of the client where none is asked for, else the default', () => {
    expect(requestedAudience([], { client, scopes: [] }, settings)).toEqual(['https://a.example', 'https://b.example'])
    expect(requestedAudience([], { client: bare, scopes: [] }, settings)).toEqual([ISSUER])
    expect(requestedAudience([], { client: bare, scopes: [] }, { ...settings, defaultAudience: 'client_id' })).toEqual(['client-2'])
    expect(requestedAudience([], { client: bare, scopes: [] }, { ...settings, defaultAudience: ['x', 'y'] })).toEqual(['x', 'y'])
  })

  it('has the issuer in it too, once, where one of Jeton’s own scopes is granted', () => {
    expect(requestedAudience([], { client, scopes: ['revocation_feed'] }, settings)).toEqual(['https://a.example', 'https://b.example', ISSUER])
    expect(requestedAudience([], { client: bare, scopes: ['apim:x'] }, settings)).toEqual([ISSUER])
  })
})

describe('the audience of a refresh (RFC 8707 §2.2)', () => {
  it('is what was granted, or what is asked for of it', () => {
    const granted = ['https://a.example', 'https://b.example']
    expect(narrowedAudience([], granted, { scopes: [], issuer: ISSUER })).toEqual(granted)
    expect(narrowedAudience(['https://b.example'], granted, { scopes: [], issuer: ISSUER })).toEqual(['https://b.example'])
    expect(narrowedAudience(['https://b.example'], granted, { scopes: ['jeton:admin'], issuer: ISSUER })).toEqual(['https://b.example', ISSUER])
    expect(refusal(() => narrowedAudience(['https://c.example'], granted, { scopes: [], issuer: ISSUER }))).toBe('invalid_target')
  })
})
