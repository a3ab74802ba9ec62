import { createHash } from 'node:crypto'
import { matchesClientSecret } from '../../src/clients/client-secret.js'
import type { SecretHash } from '../../src/model/client.js'

const KEY = Buffer.alloc(32, 1)
const SECRET = 'Xk2_a-secret-of-28-letters00'
const hex = (algorithm: string): string => createHash(algorithm).update(SECRET).digest('hex')
const matches = (given: string, stored: string): boolean => matchesClientSecret(given, stored as SecretHash, KEY)

describe('A client secret that WSO2 has stored', () => {
  it.each([
    ['in the clear', SECRET],
    ['as its hash', `{"hash":"${hex('sha256')}","algorithm":"SHA-256"}`],
    ['as its hash, the members in the other order', `{"algorithm":"SHA-256","hash":"${hex('sha256')}"}`],
    ['as a longer hash', `{"algorithm":"SHA-512","hash":"${hex('sha512')}"}`],
    ['as the digits of its hash', hex('sha256')],
    ['as the digits of its hash in upper case', hex('sha256').toUpperCase()],
  ])('%s matches that secret only', (_name, stored) => {
    expect(matches(SECRET, stored)).toBe(true)
    for (const wrong of ['', `${SECRET} `, SECRET.toLowerCase(), `${SECRET}0`]) expect(matches(wrong, stored)).toBe(false)
  })

  it.each([
    ['a hash', `{"hash":"${hex('sha256')}","algorithm":"SHA-256"}`],
    ['the digits of a hash', hex('sha256')],
    ['a hash of an unknown algorithm', `{"hash":"${hex('md5')}","algorithm":"MD5"}`],
    ['a hash that is cut off', `{"hash":"${hex('sha256').slice(1)}","algorithm":"SHA-256"}`],
    ['no JSON', `{"hash":"${hex('sha256')}`],
    ['encrypted', Buffer.from(JSON.stringify({ c: SECRET, t: 'RSA' })).toString('base64')],
    ['encrypted by an older version', 'A'.repeat(172)],
    ['nothing', ''],
  ])('as %s is not matched by what stands in the table', (_name, stored) => {
    expect(matches(stored, stored)).toBe(false)
  })
})
