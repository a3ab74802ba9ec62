import { Overloaded } from '../../src/errors/operational-errors.js'
import type { PasswordHash } from '../../src/model/user.js'
import { createPasswordHashing, PASSWORD_HASH_SETTINGS } from '../../src/users/password-hash.js'

const CHEAP = { N: 16, r: 8, p: 1 }
const passwords = createPasswordHashing({ cost: CHEAP, running: 4, waiting: 64 })

describe('a password hash', () => {
  it('names its algorithm and cost and holds no password', async () => {
    const hash = await passwords.hash('correct horse')
    expect(hash).toMatch(/^scrypt\$N=16,r=8,p=1\$[\w-]{22}\$[\w-]{43}$/)
    expect(hash).not.toContain('correct horse')
  })

  it('is salted: twice the same password, two hashes', async () => {
    expect(await passwords.hash('same')).not.toBe(await passwords.hash('same'))
  })

  it('verifies the right password and no other', async () => {
    const hash = await passwords.hash('correct horse')
    expect(await passwords.verify(hash, 'correct horse')).toBe(true)
    expect(await passwords.verify(hash, 'correct horsf')).toBe(false)
    expect(await passwords.verify(hash, '')).toBe(false)
  })

  it('takes two spellings of one character for one password (RFC 8265 §4.2)', async () => {
    expect(await passwords.verify(await passwords.hash('caf\u00e9'), 'cafe\u0301')).toBe(true)
  })

  it('is verified at the cost it names, whatever is configured now', async () => {
    const hash = await createPasswordHashing({ cost: { N: 32, r: 4, p: 2 }, running: 1, waiting: 0 }).hash('old')
    expect(await passwords.verify(hash, 'old')).toBe(true)
  })

  it('is nothing that an unknown user has', async () => {
    expect(await passwords.verify(undefined, 'anything')).toBe(false)
  })

  it('of no known form is an error, not a wrong password', async () => {
    await expect(passwords.verify('{SSHA}abc' as PasswordHash, 'x')).rejects.toThrow('no known form')
  })

  it('costs 32 MiB by default, which the platform allows', async () => {
    expect(PASSWORD_HASH_SETTINGS.cost).toEqual({ N: 32_768, r: 8, p: 1 })
    const hashing = createPasswordHashing()
    expect(await hashing.verify(await hashing.hash('x'), 'x')).toBe(true)
  })
})

describe('password hashing under load', () => {
  it('turns away what neither runs nor waits, at once, and does the rest', async () => {
    const small = createPasswordHashing({ cost: CHEAP, running: 1, waiting: 2 })
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => small.hash('x')))
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(results.filter((result) => result.status === 'rejected').every((result) => result.reason instanceof Overloaded)).toBe(true)
    expect(await small.hash('again')).toMatch(/^scrypt/)
  })

  it('goes on after a failure', async () => {
    const impossible = createPasswordHashing({ cost: { N: 3, r: 8, p: 1 }, running: 1, waiting: 1 })
    const results = await Promise.allSettled([impossible.hash('x'), impossible.hash('x')])
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected'])
    await expect(impossible.hash('x')).rejects.not.toBeInstanceOf(Overloaded)
  })
})
