import { randomUUID } from 'node:crypto'
import { openDatabase } from '../../dist/adapters/prisma/open-database.js'
import { createJwtAccessTokenIssuer } from '../../dist/issuers/jwt-access-token-issuer.js'
import { createJwtRefreshTokenIssuer } from '../../dist/issuers/jwt-refresh-token-issuer.js'
import { openKeyRing } from '../../dist/keys/key-ring.js'
import { createSealer } from '../../dist/keys/seal.js'

const DAY = 86_400
const HOUR = 3600
const NO_LIMITS = { keepAfterExpiry: 0, maxClockSkew: 0 }

/**
 * Makes tokens as the server itself would have issued them at `issuedAt`, with its own modules and its own keys: nobody could
 * ask a server for a million of them first.
 */
export async function openMint({ options, encryptionKey, issuer }, { clientId, issuedAt = Math.floor(Date.now() / 1000) }) {
  const database = await openDatabase({ ...options, ...NO_LIMITS })
  const { keys } = await database.keys.list()
  await database.close()
  const ring = await openKeyRing(keys, createSealer([Buffer.from(encryptionKey, 'hex')]))
  const clock = { now: () => issuedAt, nowMs: () => issuedAt * 1000 }
  const lifetimes = { applicationAccessToken: HOUR, userAccessToken: HOUR }
  const issueRefresh = createJwtRefreshTokenIssuer(issuer, (instant) => ring.signingKey('refresh', instant))
  const issueAccess = createJwtAccessTokenIssuer({ issuer, lifetimes }, (instant) => ring.signingKey('access', instant), clock)
  const authorization = (grantId) => ({
    client: { id: clientId },
    subject: clientId,
    authorizedType: 'APPLICATION',
    scopes: ['read'],
    audience: [issuer],
    grantId,
    grantedAt: issuedAt,
    grantType: 'client_credentials',
  })
  const terms = { issuedAt, expiresAt: issuedAt + DAY, scopes: ['read'], audience: [issuer] }
  return {
    refreshToken: (grantId, generation) => issueRefresh(authorization(grantId), { ...terms, generation }),
    accessToken: (grantId = randomUUID()) => issueAccess(authorization(grantId)).value,
  }
}
