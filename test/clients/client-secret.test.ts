import { hashClientSecret, matchesClientSecret } from '../../src/clients/client-secret.js'
import type { SecretHash } from '../../src/model/client.js'

const [KEY, OTHER_KEY] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]

describe('the hash of a client secret', () => {
  const hash = hashClientSecret('the secret', KEY)

  it('names its form and not the secret', () => {
    expect(hash).toMatch(/^hmac-sha256\$[\w-]{43}$/)
    expect(hash).not.toContain('secret')
  })

  it('matches that secret only', () => {
    expect(matchesClientSecret('the secret', hash, KEY)).toBe(true)
    for (const wrong of ['', 'the secret ', 'The secret', hash]) expect(matchesClientSecret(wrong, hash, KEY)).toBe(false)
  })

  it('cannot be made, or matched, without the key that is not in the same table', () => {
    expect(hashClientSecret('the secret', OTHER_KEY)).not.toBe(hash)
    expect(matchesClientSecret('the secret', hash, OTHER_KEY)).toBe(false)
  })

  it.each([undefined, '', 'hmac-sha256$', 'hmac-sha256$AAAA', 'plain', `hmac-sha256$${Buffer.alloc(31).toString('base64url')}`])(
    'matches nothing where it is %j',
    (broken) => {
      for (const secret of ['', 'the secret', '\0'.repeat(32)]) expect(matchesClientSecret(secret, broken as SecretHash | undefined, KEY)).toBe(false)
    },
  )
})
