import { createPublicKey, generateKeyPairSync, type KeyObject, sign as nodeSign, verify as nodeVerify, randomBytes } from 'node:crypto'
import { compactVerify } from 'jose'
import { createMacSigner, createSigner, derToRaw } from '../../src/keys/sign.js'
import type { AccessAlgorithm } from '../../src/stores/key-store.js'

const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const signingInput = (alg: string, payload: string): string => `${base64url(JSON.stringify({ alg }))}.${base64url(payload)}`

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const privateKeys: Record<AccessAlgorithm, KeyObject> = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  EdDSA: generateKeyPairSync('ed25519').privateKey,
  RS256: rsa,
  PS256: rsa,
}

describe.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)('a signature of %s', (algorithm) => {
  const input = signingInput(algorithm, 'what is signed')
  const signature = createSigner(algorithm, privateKeys[algorithm])(input)
  const publicKey = createPublicKey(privateKeys[algorithm])

  it('is verified by jose', async () => {
    const { payload, protectedHeader } = await compactVerify(`${input}.${signature}`, publicKey, { algorithms: [algorithm] })
    expect(Buffer.from(payload).toString()).toBe('what is signed')
    expect(protectedHeader.alg).toBe(algorithm)
  })

  it('is not verified for anything else', async () => {
    const other = signingInput(algorithm, 'what is not signed')
    await expect(compactVerify(`${other}.${signature}`, publicKey)).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
  })
})

describe('a MAC of HS256 (RFC 7518 §3.2)', () => {
  it('is verified by jose with the same secret only', async () => {
    const secret = randomBytes(32)
    const input = signingInput('HS256', 'what is signed')
    const jws = `${input}.${createMacSigner(secret)(input)}`
    await expect(compactVerify(jws, secret)).resolves.toBeDefined()
    await expect(compactVerify(jws, randomBytes(32))).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
  })
})

/** DER INTEGER: no superfluous leading zeros, one where the first bit is set. */
function derInteger(coordinate: Buffer): Buffer {
  const first = coordinate.findIndex((byte) => byte !== 0)
  const digits = first < 0 ? Buffer.alloc(1) : coordinate.subarray(first)
  const content = (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits
  return Buffer.concat([Buffer.from([0x02, content.length]), content])
}

function derOf(r: Buffer, s: Buffer): Buffer {
  const content = Buffer.concat([derInteger(r), derInteger(s)])
  return Buffer.concat([Buffer.from([0x30, content.length]), content])
}

const coordinate = (leadingZeros: number, first: number): Buffer =>
  Buffer.concat([Buffer.alloc(leadingZeros), Buffer.from([first]), Buffer.alloc(31 - leadingZeros, 0xab)])

describe('the raw form of an ECDSA signature (RFC 7518 §3.4)', () => {
  it('of 2,000 random signatures is accepted by jose and by node', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const sign = createSigner('ES256', privateKey)
    for (let round = 0; round < 2000; round++) {
      const input = signingInput('ES256', `message ${round}`)
      const signature = sign(input)
      const raw = Buffer.from(signature, 'base64url')
      expect(raw).toHaveLength(64)
      expect(nodeVerify('sha256', Buffer.from(input), { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true)
      await compactVerify(`${input}.${signature}`, publicKey)
    }
  }, 30_000)

  it('of random signatures is what node makes of the same DER', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    for (let round = 0; round < 200; round++) {
      const message = randomBytes(16)
      const der = nodeSign('sha256', message, privateKey)
      expect(nodeVerify('sha256', message, publicKey, der)).toBe(true)
      const raw = derToRaw(der)
      expect(derOf(raw.subarray(0, 32), raw.subarray(32))).toEqual(der)
    }
  })

  it.each([
    { what: 'both begin with a set bit', r: coordinate(0, 0x80), s: coordinate(0, 0xff) },
    { what: 'neither begins with a set bit', r: coordinate(0, 0x7f), s: coordinate(0, 0x01) },
    { what: 'r is a byte short', r: coordinate(1, 0x7f), s: coordinate(0, 0x80) },
    { what: 'r is a byte short and its next begins with a set bit', r: coordinate(1, 0x80), s: coordinate(0, 0x01) },
    { what: 's is a byte short', r: coordinate(0, 0x80), s: coordinate(1, 0x12) },
    { what: 's is two bytes short and begins with a set bit', r: coordinate(0, 0x01), s: coordinate(2, 0x90) },
    { what: 'both are far too short', r: coordinate(20, 0x90), s: coordinate(31, 0x01) },
    { what: 'one is zero', r: Buffer.alloc(32), s: coordinate(0, 0x80) },
  ])('keeps the leading zeros that DER drops: $what', ({ r, s }) => {
    expect(derToRaw(derOf(r, s))).toEqual(Buffer.concat([r, s]))
  })
})
