import { OAuthError } from '../../src/errors/oauth-error.js'
import { createGrantSteps, type RenewalSettings } from '../../src/grants/grant-steps.js'
import type { PresentedRefreshToken } from '../../src/model/claims.js'
import type { BusinessEvent } from '../../src/model/event.js'
import type { GrantRow, RefreshStanding } from '../../src/model/grant.js'
import { clientId, grantId, subject, tokenId } from '../../src/model/ids.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import { anAuthorization } from '../issuers/an-authorization.js'
import { aClient } from '../stores/opened-stores.js'

const settings: RenewalSettings = {
  grace: seconds(10),
  graceReuse: 5,
  refreshTokenLifetime: seconds(3600),
  extendRefreshTokenExpiry: true,
  keepAfterExpiry: seconds(600),
}

const presented: PresentedRefreshToken = {
  value: 'v',
  isStored: false,
  tokenId: tokenId('t'),
  grantId: grantId('g'),
  keyId: undefined,
  clientId: clientId('c'),
  subject: subject('c'),
  authorizedType: 'APPLICATION',
  username: undefined,
  grantedAt: epochSeconds(0),
  generation: 3,
  scopes: [],
  audience: [],
  issuedAt: epochSeconds(0),
  expiresAt: epochSeconds(100),
  grantType: undefined,
}

const row: GrantRow = {
  grantId: presented.grantId,
  generation: 4,
  rotatedAt: epochSeconds(1),
  graceUses: 0,
  expiresAt: epochSeconds(3601),
  revokedAt: undefined,
  purgeAfter: epochSeconds(4201),
}

function createFixture(standing: RefreshStanding = 'current', changes: Partial<RenewalSettings> = {}) {
  const [revoked, events]: [string[], BusinessEvent[]] = [[], []]
  const grants = { advance: async () => Promise.reject(new Error('not asked')), find: async () => undefined, judge: async () => standing }
  const revokeGrant = async (id: string) => void revoked.push(id)
  return {
    revoked,
    events,
    steps: createGrantSteps(
      { grants, revokeGrant, settleOutage: async () => undefined, events: (event) => void events.push(event) },
      { ...settings, ...changes },
    ),
  }
}

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (error instanceof OAuthError ? error.code : Promise.reject(error)),
  )

describe('the step from a presented refresh token', () => {
  it('has its generation and expiry, and a new lifetime', async () => {
    expect(await createFixture().steps.stepFrom(presented, anAuthorization())).toEqual({
      grantId: 'g',
      from: 3,
      presentedExpiresAt: 100,
      lifetime: 3600,
      keepAfterExpiry: 600,
      grace: 10,
      graceReuse: 5,
    })
  })

  it('has the lifetime of its client, where that has one of its own', async () => {
    const client = aClient('c', { lifetimes: { refreshToken: seconds(60), userAccessToken: seconds(5) } })
    expect((await createFixture().steps.stepFrom(presented, { client })).lifetime).toBe(60)
    expect((await createFixture('current', { extendRefreshTokenExpiry: false }).steps.stepFrom(presented, { client })).lifetime).toBeUndefined()
  })

  it('has no new lifetime where the first expiry stays', async () => {
    expect(
      (await createFixture('current', { extendRefreshTokenExpiry: false }).steps.stepFrom(presented, anAuthorization())).lifetime,
    ).toBeUndefined()
  })

  it.each(['current', 'grace'] as const)('that was taken leads to the row: %s', async (standing) => {
    const { steps, revoked, events } = createFixture()
    expect(await steps.settle({ standing, row }, presented)).toEqual(row)
    expect([revoked, events]).toEqual([[], []])
  })

  it.each(['exhausted', 'revoked'] as const)('is refused without consequence: %s', async (standing) => {
    const { steps, revoked, events } = createFixture()
    expect(await refusal(steps.settle({ standing }, presented))).toBe('invalid_grant')
    expect([revoked, events]).toEqual([[], []])
  })

  it('of a replayed token ends the whole grant before it is refused, and is told', async () => {
    const { steps, revoked, events } = createFixture()
    expect(await refusal(steps.settle({ standing: 'replayed' }, presented))).toBe('invalid_grant')
    expect(revoked).toEqual(['g'])
    expect(events).toEqual([{ type: 'refresh_replayed', clientId: 'c', grantId: 'g', generation: 3 }])
  })

  it('of a token ahead of the database is refused and told, and revokes nothing', async () => {
    const { steps, revoked, events } = createFixture()
    expect(await refusal(steps.settle({ standing: 'ahead' }, presented))).toBe('invalid_grant')
    expect(revoked).toEqual([])
    expect(events).toEqual([{ type: 'refresh_ahead_of_database', clientId: 'c', grantId: 'g', generation: 3 }])
  })
})

describe('a refresh token that is kept', () => {
  it('is accepted only while it is the current one', async () => {
    await expect(createFixture('current').steps.assertCurrent(presented)).resolves.toBeUndefined()
    for (const standing of ['grace', 'exhausted', 'revoked', 'ahead'] as const) {
      const { steps, revoked } = createFixture(standing)
      expect(await refusal(steps.assertCurrent(presented))).toBe('invalid_grant')
      expect(revoked).toEqual([])
    }
  })

  it('ends the grant where it is an older one', async () => {
    const { steps, revoked } = createFixture('replayed')
    expect(await refusal(steps.assertCurrent(presented))).toBe('invalid_grant')
    expect(revoked).toEqual(['g'])
  })
})
