// Makes kit.json anew. Signatures of ECDSA and PSS are never the same twice, so whoever runs this changes every token.
import { constants, createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const FILE = new URL('kit.json', import.meta.url)
const ISSUER = 'https://issuer.conformance.test'
const AUDIENCE = 'https://api.conformance.test'
/** Good from November 2025 to January 2100. */
const [BEGAN, ENDS] = [1763690000, 4102444800]
const CUTOFF = BEGAN + 100
const CLIENT = 'c0000000-0000-4000-8000-000000000001'

const before = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : undefined
const PAIRS = {
  'es-1': ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  'es-2': ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  'rs-1': ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  'ps-1': ['PS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  'ed-1': ['EdDSA', () => generateKeyPairSync('ed25519')],
  'es-exposed': ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  'es-encryption': ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  'rs-short': ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 1024 })],
  'es-unpublished': ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
}
const keys = Object.fromEntries(
  Object.entries(PAIRS).map(([kid, [alg, make]]) => {
    const jwk = before?.keys[kid] ?? make().privateKey.export({ format: 'jwk' })
    return [kid, { alg, jwk, key: createPrivateKey({ key: jwk, format: 'jwk' }) }]
  }),
)

const publicPart = ({ d, p, q, dp, dq, qi, ...rest }) => rest
const published = Object.entries(keys)
  .filter(([kid]) => kid !== 'es-unpublished')
  .map(([kid, { alg, jwk }]) => ({ ...(kid === 'es-exposed' ? jwk : publicPart(jwk)), kid, alg, use: kid === 'es-encryption' ? 'enc' : 'sig' }))
published.push({ kty: 'oct', k: 'Y29uZm9ybWFuY2UtY29uZm9ybWFuY2UtY29uZm8', kid: 'hs-1', alg: 'HS256', use: 'sig' })

const SIGN = {
  ES256: (input, key) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }),
  RS256: (input, key) => sign('sha256', input, key),
  PS256: (input, key) => sign('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
  EdDSA: (input, key) => sign(null, input, key),
}
const encode = (value) => Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url')

let count = 0
const id = (kind) => `${kind}0000000-0000-4000-8000-${String(++count).padStart(12, '0')}`
const claims = (changed = {}) => ({
  ...{
    iss: ISSUER,
    sub: CLIENT,
    aud: AUDIENCE,
    exp: ENDS,
    iat: BEGAN,
    jti: id('a'),
    client_id: CLIENT,
    azp: CLIENT,
    scope: 'read write',
    aut: 'APPLICATION',
  },
  ...{ grant_id: id('b'), grant_iat: BEGAN, entity_id: CLIENT, ...changed },
})
function make(changed = {}, { kid = 'es-1', header = {}, by = kid, payload } = {}) {
  const { alg, key } = keys[by]
  const input = `${encode({ alg, kid, typ: 'at+jwt', ...header })}.${encode(payload ?? claims(changed))}`
  return `${input}.${encode(SIGN[header.alg in SIGN ? header.alg : alg](Buffer.from(input), key))}`
}
const without = (name) => ({ [name]: undefined })
const mangle = (change) => change(make())
const payloadOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'))

function twin(token) {
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const [header, payload, signature] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const s = n - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]).toString('base64url')}`
}
function respelt(token) {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + digits[digits.indexOf(token.at(-1)) | 1]
}
function hmacWith(kid, header = {}) {
  const input = `${encode({ alg: 'HS256', kid, typ: 'at+jwt', ...header })}.${encode(claims())}`
  const { key } = keys['es-1']
  const pem = kid === 'hs-1' ? Buffer.from('Y29uZm9ybWFuY2UtY29uZm9ybWFuY2UtY29uZm8', 'base64url') : published[0] && createPublicPem(key)
  return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`
}

import { createPublicKey } from 'node:crypto'

function createPublicPem(key) {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' })
}

const tokens = []
const add = (name, expect, token, level = 'must') => void tokens.push({ name, expect, level, token })
const good = (name, token) => add(name, 'accept', token)
const bad = (name, token, level) => add(name, 'refuse', token, level)

good('es256', make())
good('rs256', make({}, { kid: 'rs-1' }))
good('ps256', make({}, { kid: 'ps-1' }))
good('eddsa', make({}, { kid: 'ed-1' }))
good('aud is a list', make({ aud: ['https://else.test', AUDIENCE] }))
good('typ in full and in capitals', make({}, { header: { typ: 'application/AT+JWT' } }))
good('no scope', make(without('scope')))
good('no grant', make({ ...without('grant_id'), ...without('grant_iat') }))
good('claims that nobody knows', make({ colour: 'blue', nested: { a: [1] } }))
good('a not-before that has come', make({ nbf: BEGAN }))
bad('alg none', `${encode({ alg: 'none', kid: 'es-1', typ: 'at+jwt' })}.${encode(claims())}.`)
bad('alg none, with a signature', `${encode({ alg: 'none', kid: 'es-1', typ: 'at+jwt' })}.${encode(claims())}.AAAA`)
bad('HS256 keyed with a public key', hmacWith('es-1'))
bad('HS256 with a symmetric key of the key set', hmacWith('hs-1'))
bad('RS256 under the name of an EC key', make({}, { kid: 'es-1', by: 'rs-1' }))
bad('PS256 with a key for RS256', make({}, { kid: 'rs-1', header: { alg: 'PS256' } }))
bad('signed by a key that is not published', make({}, { kid: 'es-1', by: 'es-unpublished' }))
bad('a key that nobody knows', make({}, { kid: 'es-unpublished' }))
bad('no key named', make({}, { header: { kid: undefined } }), 'should')
bad('the key in the header', make({}, { kid: 'own', by: 'es-unpublished', header: { jwk: publicPart(keys['es-unpublished'].jwk) } }))
bad('a link to the key in the header', make({}, { kid: 'own', by: 'es-unpublished', header: { jku: 'https://evil.test/jwks' } }))
bad('a key that was published with its private half', make({}, { kid: 'es-exposed' }), 'should')
bad('a key for encryption', make({}, { kid: 'es-encryption' }), 'should')
bad('a short RSA key', make({}, { kid: 'rs-short' }), 'should')
bad('crit', make({}, { header: { crit: ['exp'] } }))
bad('another issuer', make({ iss: 'https://evil.test' }))
bad('the issuer with a slash', make({ iss: `${ISSUER}/` }))
bad('another audience', make({ aud: 'https://else.test' }))
bad('no audience', make(without('aud')))
bad('expired', make({ exp: BEGAN + 60 }))
bad('no expiry', make(without('exp')))
bad('expiry as a text', make({ exp: String(ENDS) }))
bad('not yet valid', make({ nbf: ENDS - 1 }))
bad('an ID token', make({}, { header: { typ: 'JWT' } }), 'should')
bad('a refresh token', make({}, { header: { typ: 'rt+jwt' } }), 'should')
bad('no typ', make({}, { header: { typ: undefined } }), 'should')
for (const claim of ['sub', 'jti', 'client_id', 'iat', 'aut']) bad(`no ${claim}`, make(without(claim)), 'should')
bad('jti as a number', make({ jti: 7 }), 'should')
bad('expires before it was made', make({ iat: ENDS, exp: ENDS - 1 }), 'should')
bad(
  'another payload',
  mangle((token) => token.replace(/\.[^.]*\./, `.${encode(claims({ scope: 'admin' }))}.`)),
)
bad(
  'another header',
  mangle((token) => `${encode({ alg: 'ES256', kid: 'es-1', typ: 'at+jwt', x: 1 })}${token.slice(token.indexOf('.'))}`),
)
bad(
  'a signature of zeros',
  mangle((token) => `${token.slice(0, token.lastIndexOf('.'))}.${Buffer.alloc(64).toString('base64url')}`),
)
bad(
  'no signature',
  mangle((token) => token.slice(0, token.lastIndexOf('.') + 1)),
)
bad(
  'half a signature',
  mangle((token) => token.slice(0, -43)),
)
bad(
  'two parts',
  mangle((token) => token.slice(0, token.lastIndexOf('.'))),
)
bad(
  'four parts',
  mangle((token) => `${token}.AA`),
)
bad('the signature in another spelling', respelt(make()), 'should')
bad(
  'padding',
  mangle((token) => `${token}==`),
  'should',
)
bad('a payload that is a list', make({}, { payload: '[]' }))
bad('a payload that is no JSON', make({}, { payload: '{"iss":' }))
bad(
  'a payload that is no UTF-8',
  make({}, { payload: Buffer.concat([Buffer.from(JSON.stringify({ ...claims(), x: 'y' }).slice(0, -2)), Buffer.from([0xff, 0x22, 0x7d])]) }),
  'should',
)
bad('endless', make({ x: 'x'.repeat(13_000) }), 'should')
bad('nothing that is a token', 'hello')

const token = make()
const ofGrant = make()
const named = {
  token,
  'its twin (r, n - s)': twin(token),
  'of a grant': ofGrant,
  'of the same grant': make({ grant_id: payloadOf(ofGrant).grant_id }),
  'of a client': make({ client_id: 'c0000000-0000-4000-8000-000000000002', sub: 'c0000000-0000-4000-8000-000000000002' }),
  'of that client, granted later': make({
    client_id: 'c0000000-0000-4000-8000-000000000002',
    sub: 'c0000000-0000-4000-8000-000000000002',
    grant_iat: CUTOFF + 1,
    iat: CUTOFF + 1,
  }),
  'of that client, refreshed later': make({
    client_id: 'c0000000-0000-4000-8000-000000000002',
    sub: 'c0000000-0000-4000-8000-000000000002',
    iat: CUTOFF + 50,
  }),
  'of a user': make({ sub: 'd0000000-0000-4000-8000-000000000001', aut: 'APPLICATION_USER' }),
  'of an application with the same name': make({ sub: 'd0000000-0000-4000-8000-000000000001', aut: 'APPLICATION' }),
  'of another key': make({}, { kid: 'es-2' }),
}
for (const [name, value] of Object.entries(named)) good(`before any revocation: ${name}`, value)
const entry = (kind, value, cutoff) => ({
  kind,
  ...(value !== undefined && { id: value }),
  ...(cutoff !== undefined && { cutoff }),
  expires: ENDS + 600,
})
const names = (...list) => list.map((name) => `before any revocation: ${name}`)
const play = [
  { name: 'a token', entry: entry('token', payloadOf(token).jti), refuse: names('token', 'its twin (r, n - s)'), accept: names('of a grant') },
  {
    name: 'a grant',
    entry: entry('grant', payloadOf(ofGrant).grant_id),
    refuse: names('of a grant', 'of the same grant'),
    accept: names('of a client'),
  },
  {
    name: 'a client, up to a second',
    entry: entry('client', 'c0000000-0000-4000-8000-000000000002', CUTOFF),
    refuse: names('of a client', 'of that client, refreshed later'),
    accept: names('of that client, granted later', 'of a user'),
  },
  {
    name: 'a user',
    entry: entry('subject', 'd0000000-0000-4000-8000-000000000001'),
    refuse: names('of a user'),
    accept: names('of an application with the same name'),
  },
  { name: 'a key', entry: entry('key', 'es-2'), refuse: names('of another key'), accept: ['es256'] },
  {
    name: 'a client that is disabled',
    entry: entry('client', 'c0000000-0000-4000-8000-000000000002'),
    refuse: names('of a client', 'of that client, granted later'),
    accept: ['es256'],
  },
  {
    name: 'that client again, enabled',
    entry: entry('client', 'c0000000-0000-4000-8000-000000000002', CUTOFF),
    refuse: names('of a client'),
    accept: names('of that client, granted later'),
  },
  {
    name: 'everything up to a second',
    entry: entry('all', undefined, CUTOFF),
    refuse: ['es256', 'rs256'],
    accept: names('of that client, granted later'),
  },
]
const kit = {
  about: 'Made by make.mjs with node:crypto alone. The keys are public: whoever trusts them trusts everybody.',
  issuer: ISSUER,
  audience: AUDIENCE,
  keys: Object.fromEntries(Object.entries(keys).map(([kid, { jwk }]) => [kid, jwk])),
  jwks: { keys: published },
  tokens,
  play,
}
writeFileSync(FILE, `${JSON.stringify(kit, null, 2)}\n`)
