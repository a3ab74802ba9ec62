import { CommandRefused } from '../../src/errors/operational-errors.js'
import { createSealer } from '../../src/keys/seal.js'
import type { SealedKey } from '../../src/stores/key-store.js'

const [FIRST, SECOND] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const PLAIN = Buffer.from('key material')
const LABEL = 'access ES256 kid-1'

const refusal = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof CommandRefused) return error.code
    throw error
  }
  return 'opened'
}

describe('sealed key material', () => {
  const sealer = createSealer([FIRST])

  it('is opened under the label it was sealed with', () => {
    expect(sealer.open(sealer.seal(PLAIN, LABEL), LABEL)).toEqual(PLAIN)
  })

  it('tells nothing of what is in it, and is another each time', () => {
    const [one, other] = [sealer.seal(PLAIN, LABEL), sealer.seal(PLAIN, LABEL)]
    expect(one).not.toBe(other)
    expect(one).toMatch(/^a256gcm(\.[\w-]+){4}$/)
    for (const secret of [PLAIN, FIRST]) expect(Buffer.from(one.split('.')[4] ?? '', 'base64url').includes(secret)).toBe(false)
  })

  it('is not opened by another key', () => {
    expect(refusal(() => createSealer([SECOND]).open(sealer.seal(PLAIN, LABEL), LABEL))).toBe('wrong_encryption_key')
  })

  it('is not opened by another key that has taken its name', () => {
    const [form, , ...rest] = sealer.seal(PLAIN, LABEL).split('.')
    const [, name] = createSealer([SECOND]).seal(PLAIN, LABEL).split('.')
    expect(refusal(() => createSealer([SECOND]).open([form, name, ...rest].join('.') as SealedKey, LABEL))).toBe('wrong_encryption_key')
  })

  it('is not opened in the place of another key', () => {
    expect(refusal(() => sealer.open(sealer.seal(PLAIN, LABEL), 'access ES256 kid-2'))).toBe('wrong_encryption_key')
  })

  it.each([0, 1, 2, 3, 4])('is not opened when its part %d has been changed', (part) => {
    const parts = sealer.seal(PLAIN, LABEL).split('.')
    const changed = parts[part] ?? ''
    parts[part] = (changed.startsWith('A') ? 'B' : 'A') + changed.slice(1)
    expect(refusal(() => sealer.open(parts.join('.') as SealedKey, LABEL))).toBe('wrong_encryption_key')
  })

  it('is not opened by a shorter tag, nor when parts are missing', () => {
    const [form = '', name = '', iv = '', tag = '', text = ''] = sealer.seal(PLAIN, LABEL).split('.')
    const short = Buffer.from(tag, 'base64url').subarray(0, 4).toString('base64url')
    for (const parts of [[form, name, iv, short, text], [form, name, iv, '', text], [form, name, iv], []])
      expect(refusal(() => sealer.open(parts.join('.') as SealedKey, LABEL))).toBe('wrong_encryption_key')
  })

  it('is sealed by the first of several keys, and opened by each', () => {
    const both = createSealer([SECOND, FIRST])
    const [old, current] = [sealer.seal(PLAIN, LABEL), both.seal(PLAIN, LABEL)]
    expect([both.open(old, LABEL), both.open(current, LABEL)]).toEqual([PLAIN, PLAIN])
    expect([both.isCurrent(old), both.isCurrent(current)]).toEqual([false, true])
    expect(createSealer([SECOND]).open(current, LABEL)).toEqual(PLAIN)
    expect(refusal(() => sealer.open(current, LABEL))).toBe('wrong_encryption_key')
  })

  it('needs a key', () => {
    expect(() => createSealer([])).toThrow(RangeError)
  })
})
