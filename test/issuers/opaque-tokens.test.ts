import { randomBytes } from 'node:crypto'
import { createOpaqueAccessTokenIssuer, hashToken, isOpaqueAccessToken } from '../../src/issuers/opaque-access-token-issuer.js'
import { formatOpaqueRefreshToken, isOpaqueRefreshToken, parseOpaqueRefreshToken } from '../../src/issuers/opaque-refresh-token.js'
import { grantId } from '../../src/model/ids.js'
import { seconds } from '../../src/model/time.js'
import { StillClock } from '../still-clock.js'
import { anAuthorization, GRANT } from './an-authorization.js'

describe('an opaque access token (RFC 6749 §10.10)', () => {
  const clock = new StillClock()
  const issue = createOpaqueAccessTokenIssuer({ applicationAccessToken: seconds(60), userAccessToken: seconds(30) }, clock)

  it('is 256 random bits, another each time, and lives as long as its kind does', () => {
    const issued = issue(anAuthorization())
    expect(issued.value).toMatch(/^jat_[\w-]{43}$/)
    expect(issued).toMatchObject({ issuedAt: clock.now(), expiresAt: clock.now() + 60, expiresIn: 60 })
    expect(issue(anAuthorization({ authorizedType: 'APPLICATION_USER' })).expiresIn).toBe(30)
    const many = Array.from({ length: 50 }, () => issue(anAuthorization()))
    expect(new Set(many.flatMap(({ value, tokenId }) => [value, tokenId])).size).toBe(100)
    expect(issued.value).not.toContain(issued.tokenId)
  })

  it('is known by its form, so that nothing else costs a look-up', () => {
    const { value } = issue(anAuthorization())
    expect(isOpaqueAccessToken(value)).toBe(true)
    for (const other of [`${value}x`, value.slice(0, -1), `x${value}`, `${value}\n`, value.replace('jat_', 'jrt_'), '', 'eyJ.a.b'])
      expect(isOpaqueAccessToken(other)).toBe(false)
  })

  it('is stored as the SHA-256 of its value', () => {
    expect(hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})

describe('a stored refresh token', () => {
  const secret = randomBytes(32)
  const token = formatOpaqueRefreshToken({ grantId: grantId(GRANT), generation: 12 }, secret)

  it('names its grant and generation under a MAC, and is always the same', () => {
    expect(token).toMatch(new RegExp(`^jrt_${GRANT}\\.12\\.[\\w-]{43}$`))
    expect(formatOpaqueRefreshToken({ grantId: grantId(GRANT), generation: 12 }, secret)).toBe(token)
    expect(parseOpaqueRefreshToken(token, secret)).toEqual({ grantId: GRANT, generation: 12 })
    expect(isOpaqueRefreshToken(token)).toBe(true)
  })

  it('is not read when it was made with another secret', () => {
    expect(parseOpaqueRefreshToken(token, randomBytes(32))).toBeUndefined()
  })

  it.each([
    ['another generation', token.replace('.12.', '.11.')],
    ['another grant', token.replace('7b2d8c52', '7b2d8c53')],
    ['a generation with a leading zero', token.replace('.12.', '.012.')],
    ['a negative generation', token.replace('.12.', '.-12.')],
    ['an endless generation', token.replace('.12.', '.1200000000.')],
    ['capital letters in the grant', token.toUpperCase().replace('JRT_', 'jrt_')],
    ['a MAC that is cut short', token.slice(0, -1)],
    ['more after the MAC', `${token}A`],
    ['another beginning', token.replace('jrt_', 'jat_')],
    ['a line break at the end', `${token}\n`],
    ['no MAC', token.slice(0, token.lastIndexOf('.') + 1)],
    ['nothing', ''],
  ])('is not read with %s', (_what, changed) => {
    expect(parseOpaqueRefreshToken(changed, secret)).toBeUndefined()
  })

  it('is not read with any bit of its MAC changed', () => {
    const [start, mac] = [token.slice(0, token.lastIndexOf('.') + 1), Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')]
    for (let bit = 0; bit < 256; bit++) {
      const changed = Buffer.from(mac)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(parseOpaqueRefreshToken(`${start}${changed.toString('base64url')}`, secret)).toBeUndefined()
    }
  })
})
