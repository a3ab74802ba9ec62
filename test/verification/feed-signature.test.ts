import { sign } from 'node:crypto'
import { verifyFeedSignature } from '../../src/verification/feed-signature.js'
import { localKeys, pair } from './signed-tokens.js'

const CONTENT = 'https://id.example.test\nabc'
const rules = { algorithms: ['ES256'], findKey: localKeys }
const header = { alg: 'ES256', kid: 'k1', typ: 'jeton-snapshot' }

function detached(head: object, content = CONTENT): string {
  const encoded = Buffer.from(JSON.stringify(head)).toString('base64url')
  const input = Buffer.from(`${encoded}.${Buffer.from(content).toString('base64url')}`)
  return `${encoded}..${sign('sha256', input, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** The last of 86 digits carries four bits that decode to nothing. */
function otherSpelling(signature: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return signature.slice(0, -1) + digits[digits.indexOf(signature.slice(-1)) + 1]
}

const judge = (signature: string, content = CONTENT) => verifyFeedSignature({ signature, type: 'jeton-snapshot', content }, rules)

describe('a signature of the feed', () => {
  it('is good where it is of this content, of this type, by a known key', async () => {
    expect(await judge(detached(header))).toBe('good')
  })

  it.each([
    ['other content', 'bad_signature', detached(header, 'x')],
    ['a heartbeat', 'wrong_type', detached({ ...header, typ: 'jeton-heartbeat' })],
    ['a token', 'wrong_type', detached({ ...header, typ: 'at+jwt' })],
    ['no type', 'wrong_type', detached({ alg: 'ES256', kid: 'k1' })],
    ['an algorithm that is not allowed', 'wrong_algorithm', detached({ ...header, alg: 'RS256' })],
    ['no algorithm (RFC 8725 §3.1)', 'wrong_algorithm', detached({ ...header, alg: 'none' })],
    ['an unknown key', 'unknown_key', detached({ ...header, kid: 'k9' })],
    ['no key', 'malformed', detached({ ...header, kid: undefined })],
    ['an extension (RFC 7515 §4.1.11)', 'malformed', detached({ ...header, crit: ['b64'], b64: false })],
    ['content inside', 'malformed', detached(header).replace('..', `.${Buffer.from(CONTENT).toString('base64url')}.`)],
    ['a signature in another spelling', 'malformed', otherSpelling(detached(header))],
    ['no signature', 'malformed', detached(header).replace(/\.\..*/, '..')],
    ['nothing', 'malformed', ''],
  ])('with %s is %s', async (_what, verdict, signature) => {
    expect(await judge(signature)).toBe(verdict)
  })

  it('says nothing where the keys cannot be had', async () => {
    const findKey = () => Promise.reject(new Error('no keys'))
    await expect(
      verifyFeedSignature({ signature: detached(header), type: 'jeton-snapshot', content: CONTENT }, { ...rules, findKey }),
    ).rejects.toThrow('no keys')
  })
})
