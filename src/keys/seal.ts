import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { CommandRefused } from '../errors/operational-errors.js'
import type { SealedKey } from '../stores/key-store.js'

const FORM = 'a256gcm'
const IV_BYTES = 12

/** Seals key material for the database, AES-256-GCM (NIST SP 800-38D). */
export interface Sealer {
  /** `label` says what the material is and for which key; it has to be the same when opening. */
  seal(plain: Buffer, label: string): SealedKey
  /** @throws CommandRefused `wrong_encryption_key` when no known key opens it, or it was changed. */
  open(sealed: SealedKey, label: string): Buffer
  /** Whether it is sealed with the key that seals now. */
  isCurrent(sealed: SealedKey): boolean
}

/**
 * @param encryptionKeys 32 bytes each; the first seals, all open.
 * The form is `a256gcm.<which key>.<iv>.<tag>.<text>`, base64url.
 */
export function createSealer(encryptionKeys: readonly Buffer[]): Sealer {
  const current = encryptionKeys[0]
  if (current === undefined) throw new RangeError('an encryption key is needed')
  const byName = new Map(encryptionKeys.map((key) => [nameOf(key), key]))
  const currentName = nameOf(current)

  return {
    seal(plain, label) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', current, iv).setAAD(Buffer.from(label))
      const text = Buffer.concat([cipher.update(plain), cipher.final()])
      return [FORM, currentName, base64url(iv), base64url(cipher.getAuthTag()), base64url(text)].join('.') as SealedKey
    },
    open(sealed, label) {
      const [form, name = '', iv = '', tag = '', text = ''] = sealed.split('.')
      const key = byName.get(name)
      if (form !== FORM || key === undefined) throw wrongKey()
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes(iv), { authTagLength: 16 }).setAAD(Buffer.from(label)).setAuthTag(bytes(tag))
        return Buffer.concat([decipher.update(bytes(text)), decipher.final()])
      } catch {
        throw wrongKey()
      }
    },
    isCurrent: (sealed) => sealed.split('.')[1] === currentName,
  }
}

/** Names a key without telling anything of it. */
function nameOf(key: Buffer): string {
  return base64url(createHash('sha256').update('jeton encryption key\0').update(key).digest().subarray(0, 6))
}

const base64url = (value: Buffer): string => value.toString('base64url')
const bytes = (value: string): Buffer => Buffer.from(value, 'base64url')
const wrongKey = (): CommandRefused =>
  new CommandRefused(
    'wrong_encryption_key',
    'the keys in the database were sealed with another encryption key than the ones configured in [keystore] encryption_key',
  )
