import type { AccessTokenClaims, PresentedRefreshToken } from '../../src/model/claims.js'
import { clientId, grantId, keyId, subject, tokenId } from '../../src/model/ids.js'
import { epochSeconds } from '../../src/model/time.js'

const NOW = 1_800_000_000

export const accessClaims = (changes: Partial<AccessTokenClaims> = {}): AccessTokenClaims => ({
  tokenId: tokenId('jti-1'),
  grantId: grantId('grant-1'),
  keyId: keyId('kid-1'),
  clientId: clientId('client-1'),
  subject: subject('client-1'),
  authorizedType: 'APPLICATION',
  grantedAt: epochSeconds(NOW - 10),
  issuer: 'https://id.example',
  isStored: false,
  audience: ['https://api.example'],
  scopes: ['read', 'write'],
  issuedAt: epochSeconds(NOW),
  expiresAt: epochSeconds(NOW + 3600),
  ...changes,
})

export const presentedRefresh = (changes: Partial<PresentedRefreshToken> = {}): PresentedRefreshToken => ({
  value: 'refresh',
  isStored: false,
  tokenId: tokenId('jti-2'),
  grantId: grantId('grant-1'),
  keyId: keyId('kid-2'),
  clientId: clientId('client-1'),
  subject: subject('client-1'),
  authorizedType: 'APPLICATION',
  username: undefined,
  grantedAt: epochSeconds(NOW - 10),
  generation: 3,
  scopes: ['read', 'write', 'admin'],
  audience: ['https://api.example'],
  issuedAt: epochSeconds(NOW),
  expiresAt: epochSeconds(NOW + 86_400),
  grantType: undefined,
  ...changes,
})
