import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Keys by algorithm, as a key set and as what signs. */
const ALGORITHMS = {
  ES256: {
    make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    sign: (input, key) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }),
  },
  RS256: { make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }), sign: (input, key) => sign('sha256', input, key) },
}

export const ALGORITHM_NAMES = Object.keys(ALGORITHMS)

/** Makes access tokens with the claims that Jeton writes, by the thousand. */
export function createTokens(algorithm) {
  const scheme = ALGORITHMS[algorithm]
  const { privateKey, publicKey } = scheme.make()
  const kid = randomUUID()
  const header = encode({ alg: algorithm, kid, typ: 'at+jwt' })
  const client = randomUUID()
  return {
    publicKey,
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' }] },
    make(count, issuer) {
      const iat = Math.floor(Date.now() / 1000)
      return Array.from({ length: count }, () => {
        const claims = {
          ...{ iss: issuer, sub: client, aud: issuer, exp: iat + 3600, iat, jti: randomUUID(), client_id: client, azp: client },
          ...{ scope: 'read write', aut: 'APPLICATION', grant_id: randomUUID(), grant_iat: iat, entity_id: client },
        }
        const input = `${header}.${encode(claims)}`
        return `${input}.${scheme.sign(Buffer.from(input), privateKey).toString('base64url')}`
      })
    },
  }
}
