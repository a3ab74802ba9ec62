import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { PasswordHash } from '../model/user.js'
import { createGate, type GateSettings } from './gate.js'

/** The parameters of RFC 7914 §2. */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

export interface PasswordHashSettings extends GateSettings {
  readonly cost: ScryptCost
}

export interface PasswordHashing {
  /** @throws Overloaded */
  hash(password: string): Promise<PasswordHash>
  /** Takes as long for an unknown user (undefined) as for a wrong password. @throws Overloaded */
  verify(hash: PasswordHash | undefined, password: string): Promise<boolean>
}

/** 32 MiB and some 100 ms each, four at once (the threads that Node has for it). */
export const PASSWORD_HASH_SETTINGS: PasswordHashSettings = { cost: { N: 2 ** 15, r: 8, p: 1 }, running: 4, waiting: 64 }

const SALT_BYTES = 16
const KEY_BYTES = 32
const FORM = /^scrypt\$N=(\d{1,8}),r=(\d{1,3}),p=(\d{1,3})\$([\w-]{22,})\$([\w-]{43})$/

export function createPasswordHashing({ cost, ...gate }: PasswordHashSettings = PASSWORD_HASH_SETTINGS): PasswordHashing {
  const inTurn = createGate(gate)
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES)
      return formatHash(cost, salt, await inTurn(() => derive(password, salt, cost)))
    },
    async verify(hash, password) {
      const expected = hash === undefined ? undefined : parseHash(hash)
      const key = await inTurn(() => derive(password, expected?.salt ?? randomBytes(SALT_BYTES), expected?.cost ?? cost))
      return timingSafeEqual(key, expected?.key ?? Buffer.alloc(KEY_BYTES)) && expected !== undefined
    },
  }
}

function formatHash({ N, r, p }: ScryptCost, salt: Buffer, key: Buffer): PasswordHash {
  return `scrypt$N=${N},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}` as PasswordHash
}

function parseHash(hash: PasswordHash): { readonly cost: ScryptCost; readonly salt: Buffer; readonly key: Buffer } {
  const [, N, r, p, salt, key] = FORM.exec(hash) ?? []
  if (salt === undefined || key === undefined) throw new Error('a stored password hash is of no known form')
  return { cost: { N: Number(N), r: Number(r), p: Number(p) }, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') }
}

/** RFC 8265 §4.2: two spellings of one character are one password. */
function derive(password: string, salt: Buffer, { N, r, p }: ScryptCost): Promise<Buffer> {
  // OpenSSL counts a little more than 128·N·r bytes.
  const options = { N, r, p, maxmem: 2 * 128 * N * r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
