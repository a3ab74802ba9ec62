import { createHmac, sign } from 'node:crypto'
import fc from 'fast-check'
import { CompactSign } from 'jose'
import type { RevocationKind } from '../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import { createRevocationSet } from '../../src/verification/revocation-set.js'
import { type AccessTokenRules, createAccessTokenVerifier } from '../../src/verification/verify-access-token.js'
import { AUDIENCE, CLIENT, goodClaims, goodHeader, ISSUER, JTI, localKeys, NOW, pair, rsa, signToken, stillClock } from './signed-tokens.js'

const rules: AccessTokenRules = {
  issuer: ISSUER,
  audience: ['https://other.example.test', AUDIENCE],
  algorithms: ['ES256'],
  clockTolerance: seconds(0),
  longestLifetime: () => seconds(3600),
}
const nothingRevoked = (): RevocationKind | undefined => undefined
const verify = createAccessTokenVerifier(rules, localKeys, nothingRevoked, stillClock())

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const reasonOf = async (token: string, judge = verify): Promise<string> => {
  const verdict = await judge(token)
  return verdict.accepted ? 'accepted' : verdict.reason
}

describe('a good token', () => {
  it('is accepted with what it says', async () => {
    expect(await verify(await signToken())).toEqual({
      accepted: true,
      claims: {
        tokenId: JTI,
        grantId: goodClaims.grant_id,
        keyId: 'k1',
        clientId: CLIENT,
        subject: CLIENT,
        authorizedType: 'APPLICATION',
        grantedAt: NOW - 100,
        isStored: true,
        issuer: ISSUER,
        audience: [AUDIENCE],
        scopes: ['read', 'write'],
        issuedAt: NOW - 10,
        expiresAt: NOW + 3590,
      },
    })
  })

  it.each([
    ['aud as a list (RFC 7519 §4.1.3)', { aud: ['https://a.test', AUDIENCE] }, {}],
    ['no scope, which is none (RFC 9068 §2.2.3)', { scope: undefined }, {}],
    ['no grant_id', { grant_id: undefined }, {}],
    ['typ with application/ and in capitals (RFC 9068 §4)', {}, { typ: 'application/AT+JWT' }],
    ['an nbf that has come (RFC 7519 §4.1.5)', { nbf: NOW }, {}],
    ['claims that nobody here knows', { entity_id: CLIENT, colour: 'blue' }, {}],
  ])('may have %s', async (_what, claims, header) => {
    expect(await reasonOf(await signToken(claims, header))).toBe('accepted')
  })

  it('counts as granted when it was made, without grant_iat', async () => {
    const verdict = await verify(await signToken({ grant_iat: undefined }))
    expect(verdict.accepted && verdict.claims.grantedAt).toBe(NOW - 10)
  })

  it('may be for anyone where no audience is asked for', async () => {
    const judge = createAccessTokenVerifier({ ...rules, audience: undefined }, localKeys, nothingRevoked, stillClock())
    expect(await reasonOf(await signToken({ aud: 'urn:somebody' }), judge)).toBe('accepted')
  })
})

describe('the algorithm', () => {
  it('none is refused (RFC 8725 §3.2)', async () => {
    const token = `${encode({ ...goodHeader, alg: 'none' })}.${encode(goodClaims)}.`
    expect(await reasonOf(token)).toBe('malformed')
    expect(await reasonOf(`${token}AA`)).toBe('wrong_algorithm')
  })

  it('HS256 keyed with the public key is refused (RFC 8725 §2.1)', async () => {
    const secret = pair.publicKey.export({ type: 'spki', format: 'pem' })
    const input = `${encode({ ...goodHeader, alg: 'HS256' })}.${encode(goodClaims)}`
    expect(await reasonOf(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`)).toBe('wrong_algorithm')
  })

  it('another good one that is not on the list is refused (RFC 8725 §3.1)', async () => {
    expect(await reasonOf(await signToken({}, { alg: 'RS256', kid: 'r1' }, rsa.privateKey))).toBe('wrong_algorithm')
  })

  it('one that is on the list but does not belong to the key is refused (RFC 8725 §3.1)', async () => {
    const both = { ...rules, algorithms: ['ES256', 'RS256'] }
    const onlyByKid = async () => ({ algorithm: 'ES256', key: pair.publicKey })
    const token = await signToken({}, { alg: 'RS256' }, rsa.privateKey)
    expect(await reasonOf(token, createAccessTokenVerifier(both, onlyByKid, nothingRevoked, stillClock()))).toBe('bad_signature')
    expect(await reasonOf(token, createAccessTokenVerifier(both, localKeys, nothingRevoked, stillClock()))).toBe('unknown_key')
  })
})

describe('the header', () => {
  it.each([
    ['absent', undefined, 'malformed'],
    ['an array', ['k1'], 'malformed'],
    ['a number', 1, 'malformed'],
    ['empty', '', 'malformed'],
    ['longer than 255 characters', 'k'.repeat(256), 'malformed'],
    ['unknown', 'k2', 'unknown_key'],
    ['a path', '../../etc/passwd', 'unknown_key'],
    ['an SQL trick', "k1' OR '1'='1", 'unknown_key'],
    ['with a NUL', 'k1\0', 'unknown_key'],
    ['the key of another algorithm', 'r1', 'unknown_key'],
  ])('kid %s is refused (RFC 8725 §3.10)', async (_what, kid, reason) => {
    const input = `${encode({ ...goodHeader, kid })}.${encode(goodClaims)}`
    const signature = sign('sha256', Buffer.from(input), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    expect(await reasonOf(`${input}.${signature}`)).toBe(reason)
  })

  it('crit is refused, whatever it names (RFC 7515 §4.1.11)', async () => {
    const token = await new CompactSign(Buffer.from(JSON.stringify(goodClaims)))
      .setProtectedHeader({ ...goodHeader, alg: 'ES256', crit: ['b64'], b64: true })
      .sign(pair.privateKey)
    expect(await reasonOf(token)).toBe('malformed')
    for (const crit of [[], ['exp'], null]) {
      expect(await reasonOf(`${encode({ ...goodHeader, crit })}.${encode(goodClaims)}.AA`)).toBe('malformed')
    }
  })

  it('a key in the header (jwk, jku, x5u) is not looked at (RFC 8725 §3.10)', async () => {
    const jwk = rsa.publicKey.export({ format: 'jwk' })
    const lenient = createAccessTokenVerifier({ ...rules, algorithms: ['RS256'] }, localKeys, nothingRevoked, stillClock())
    const token = await signToken({}, { alg: 'RS256', kid: 'own', jwk, jku: 'https://evil.test/jwks' }, rsa.privateKey)
    expect(await reasonOf(token, lenient)).toBe('unknown_key')
  })

  it.each([['JWT'], ['rt+jwt'], ['application/rt+jwt'], ['at+jwt '], [undefined], [5]])('typ %s is refused (RFC 9068 §4)', async (typ) => {
    const input = `${encode({ ...goodHeader, typ })}.${encode(goodClaims)}`
    const signature = sign('sha256', Buffer.from(input), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    expect(await reasonOf(`${input}.${signature}`)).toBe('wrong_type')
  })
})

describe('the form (RFC 7515 §7.1)', () => {
  it.each([
    ['nothing', () => ''],
    ['a single part', (token: string) => token.split('.')[0] ?? ''],
    ['a second signature', (token: string) => `${token}.${token.split('.')[2]}`],
    ['an empty part', (token: string) => token.replace(/\.[^.]*\./, '..')],
    ['trailing white space', (token: string) => `${token}\n`],
    ['trailing garbage', (token: string) => `${token}=`],
    ['padding and the other alphabet', (token: string) => token.replaceAll('_', '/').concat('+')],
    ['more than 16 KiB', (token: string) => token.concat('A'.repeat(16 * 1024))],
    ['five parts, as encrypted ones have', (token: string) => `${token}.AA.AA`],
  ])('%s is refused', async (_what, mangle) => {
    expect(await reasonOf(mangle(await signToken()))).toBe('malformed')
  })

  it('a signature spelled otherwise, with the same bytes, is refused (RFC 4648 §3.5)', async () => {
    const token = await signToken()
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const twin = token.slice(0, -1) + digits.charAt(digits.indexOf(token.slice(-1)) | 1)
    expect(Buffer.from(twin.split('.')[2] ?? '', 'base64url')).toEqual(Buffer.from(token.split('.')[2] ?? '', 'base64url'))
    expect(await reasonOf(twin)).toBe('malformed')
  })

  it.each([['[]'], ['"text"'], ['null'], ['{"iss":'], ['\u{feff}x']])('a payload that is %s is refused', async (payload) => {
    expect(
      await reasonOf(await new CompactSign(Buffer.from(payload)).setProtectedHeader({ ...goodHeader, alg: 'ES256' }).sign(pair.privateKey)),
    ).toBe('malformed')
  })

  it('a payload that is not UTF-8 is refused (RFC 7519 §7.2)', async () => {
    const payload = Buffer.concat([Buffer.from(JSON.stringify({ ...goodClaims, x: 'y' }).replace('"y"}', '"')), Buffer.from([0xff, 0x22, 0x7d])])
    expect(await reasonOf(await new CompactSign(payload).setProtectedHeader({ ...goodHeader, alg: 'ES256' }).sign(pair.privateKey))).toBe('malformed')
  })
})

describe('the signature', () => {
  it('of another key is refused (RFC 7515 §5.2)', async () => {
    expect(await reasonOf(await signToken({}, { kid: 'k1', alg: 'ES256' }, (await otherPair()).privateKey))).toBe('bad_signature')
  })

  it('turned into its twin (r, n − s) changes nothing: the same token is refused when it is revoked', async () => {
    const token = await signToken()
    const twin = withOtherS(token)
    expect(twin).not.toBe(token)
    const set = createRevocationSet()
    set.apply({ seq: 1, kind: 'token', id: JTI, cutoff: undefined, expires: epochSeconds(NOW + 9999) })
    const judge = createAccessTokenVerifier(rules, localKeys, set.refusal, stillClock())
    expect([await reasonOf(token, judge), await reasonOf(twin, judge)]).toEqual(['revoked', 'revoked'])
  })
})

describe('the claims (RFC 9068 §2.2)', () => {
  it.each(['sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'aut'])('a token without %s is refused', async (claim) => {
    expect(await reasonOf(await signToken({ [claim]: undefined }))).toBe('bad_claims')
  })

  it.each([
    ['exp as text', { exp: String(NOW + 60) }],
    ['iat as text', { iat: String(NOW) }],
    ['exp with a fraction', { exp: NOW + 60.5 }],
    ['exp past every date', { exp: 1e300 }],
    ['exp before iat', { exp: NOW - 20 }],
    ['sub as a number', { sub: 7 }],
    ['an empty jti', { jti: '' }],
    ['an endless jti', { jti: 'j'.repeat(256) }],
    ['client_id as a list', { client_id: [CLIENT] }],
    ['aud as an object', { aud: { [AUDIENCE]: 1 } }],
    ['aud as an empty list', { aud: [] }],
    ['aud with a number', { aud: [AUDIENCE, 1] }],
    ['scope as a list', { scope: ['read'] }],
    ['scope with two spaces', { scope: 'read  write' }],
    ['another aut', { aut: 'APPLICATION_ADMIN' }],
    ['grant_id as null', { grant_id: null }],
    ['grant_iat as text', { grant_iat: '1' }],
    ['iss as a list', { iss: [ISSUER] }],
    ['nbf as text', { nbf: '1' }],
  ])('%s is refused', async (_what, claims) => {
    expect(await reasonOf(await signToken(claims))).toBe('bad_claims')
  })

  it('another issuer is refused, exactly (RFC 8725 §3.8)', async () => {
    for (const iss of [`${ISSUER}/`, ISSUER.toUpperCase(), 'https://evil.test']) expect(await reasonOf(await signToken({ iss }))).toBe('wrong_issuer')
  })

  it('another audience is refused (RFC 8725 §3.9)', async () => {
    for (const aud of ['https://api.example.test/', [ISSUER]]) expect(await reasonOf(await signToken({ aud }))).toBe('wrong_audience')
  })

  it('is refused in the second in which it expires (RFC 7519 §4.1.4), and later by the tolerance', async () => {
    const token = await signToken({ exp: NOW })
    const tolerant = createAccessTokenVerifier({ ...rules, clockTolerance: seconds(5) }, localKeys, nothingRevoked, stillClock())
    expect([await reasonOf(token), await reasonOf(token, tolerant)]).toEqual(['expired', 'accepted'])
    expect(await reasonOf(await signToken({ exp: NOW - 5 }), tolerant)).toBe('expired')
  })

  it('an nbf that has not come is refused (RFC 7519 §4.1.5)', async () => {
    expect(await reasonOf(await signToken({ nbf: NOW + 1 }))).toBe('not_yet_valid')
  })

  it('a longer life than was ever in force is refused', async () => {
    expect(await reasonOf(await signToken({ iat: NOW - 10, exp: NOW + 3591 }))).toBe('lifetime_too_long')
  })
})

describe('what the verifier is given', () => {
  it('a revocation of any kind refuses', async () => {
    for (const kind of ['token', 'all'] as const) {
      const judge = createAccessTokenVerifier(rules, localKeys, () => kind, stillClock())
      expect(await reasonOf(await signToken(), judge)).toBe('revoked')
    }
  })

  it('a key set that cannot be fetched is an error and not a refusal', async () => {
    const away = createAccessTokenVerifier(rules, () => Promise.reject(new Error('connection refused')), nothingRevoked, stillClock())
    await expect(away(await signToken())).rejects.toThrow('connection refused')
  })
})

it('no change of any characters of a good token makes a token that says something else', async () => {
  const token = await signToken()
  const good = await verify(token)
  const character = fc.constantFrom(...'ABCDEFghijkl0189-_.=+/ \0é')
  const change = fc.tuple(fc.nat(token.length), fc.nat(3), fc.string({ unit: character, maxLength: 3 }))
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const mutated = changes.reduce((text, [at, gone, come]) => text.slice(0, at) + come + text.slice(at + gone), token)
      const verdict = await verify(mutated)
      expect(verdict.accepted ? verdict : mutated !== token).toEqual(verdict.accepted ? good : true)
    }),
    { numRuns: 500 },
  )
})

async function otherPair() {
  const { generateKeyPairSync } = await import('node:crypto')
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** For an ECDSA signature (r, s), (r, n − s) is one of the same message too. */
function withOtherS(token: string): string {
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const [header, payload, signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const other = Buffer.from((n - s).toString(16).padStart(64, '0'), 'hex')
  return [header, payload, Buffer.concat([bytes.subarray(0, 32), other]).toString('base64url')].join('.')
}
