import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { redact } from '../../../src/adapters/system/redact.js'

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'
const SECRET = 'tR4-_9kQ'

describe('redact', () => {
  it.each([
    ['a JWT', `got ${JWT} from a client`, JWT],
    ['a JWT that was cut off', 'got eyJhbGciOiJFUzI1NiJ9.eyJzdWIi', 'eyJzdWIi'],
    ['three long parts with dots', 'got aaaaaaaaaaaa.bbbbbbbbbbbb.cccccccccccc', 'bbbbbbbbbbbb'],
    ['a bearer token', `Bearer ${SECRET}`, SECRET],
    ['an Authorization header', `{"authorization":"Basic ${SECRET}"}`, SECRET],
    ['an Authorization header of another scheme', `Authorization: Digest ${SECRET}`, SECRET],
    ['an Authorization header without a scheme', `authorization=${SECRET}`, SECRET],
    ['a password', `login failed password=${SECRET} for bob`, SECRET],
    ['a password in quotes', `password="${SECRET} with spaces"`, 'spaces'],
    ['a password after a colon', `Password: ${SECRET}`, SECRET],
    ['a form', `grant_type=password&password=${SECRET}&client_secret=${SECRET}&scope=a`, SECRET],
    ['a form with a refresh token', `refresh_token=${SECRET}&scope=a`, SECRET],
    ['JSON', `{"client_secret": "${SECRET}\\"x", "access_token":"${SECRET}"}`, SECRET],
    ['the end of a JSON string behind an escaped quote', `{"client_secret": "a\\"${SECRET}"}`, SECRET],
    ['an object as the console prints it', `{ 'password': '${SECRET}' }`, SECRET],
    ['a database URL', `cannot reach postgresql://jeton:${SECRET}@db:5432/jeton`, SECRET],
    ['a Redis URL', `redis://:${SECRET}@cache:6379`, SECRET],
    ['a unique violation as PostgreSQL words it', `Key (hash)=(${SECRET}) already exists.`, SECRET],
    ['a private key', `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`, SECRET],
    ['a SHA-256 in hex', createHash('sha256').update('a').digest('hex'), createHash('sha256').update('a').digest('hex')],
    ['a key in base64', randomBytes(16).fill(7).toString('base64'), randomBytes(16).fill(7).toString('base64')],
  ])('takes out %s', (_, text, secret) => {
    expect(redact(text)).not.toContain(secret)
    expect(redact(text)).toContain('[redacted]')
  })

  it('takes out every random secret, wherever it stands', () => {
    const around = fc.string({ unit: fc.constantFrom('a', ' ', ':', '=', '"', '(', '/', '.', '\n'), maxLength: 40 })
    const secret = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((bytes) => Buffer.from(bytes))
    fc.assert(
      fc.property(around, secret, around, (before, bytes, behind) => {
        for (const encoding of ['base64url', 'hex'] as const)
          expect(redact(before + bytes.toString(encoding) + behind)).not.toContain(bytes.toString(encoding))
      }),
    )
  })

  it.each([
    'SQLITE_BUSY: database is locked',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'no such table: JETON_GRANT',
    'user 3f0c2f0e-9d5c-4b57-8f2e-0a1b2c3d4e5f is gone',
    'invalid_token: the token has expired',
    'no file /srv/jeton/data/jeton.db',
  ])('leaves what tells an operator something: %s', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('leaves no piece of a secret where a long text is cut', () => {
    for (let before = 8150; before <= 8192; before += 1) expect(redact(`${'a '.repeat(before / 2)}${'S'.repeat(43)}`)).not.toContain('S')
  })

  it('keeps the name of a key of the configuration, however long', () => {
    expect(redact('[session_data.cleanup] clean_logged_out_sessions_at_immediate_cycle')).toBe(
      '[session_data.cleanup] clean_logged_out_sessions_at_immediate_cycle',
    )
  })
})
