import { optional } from '../kind.js'
import { duration, oneOf } from '../kinds.js'
import { encryptionKeys } from '../special-kinds.js'
import { key } from './key.js'

export const KEYSTORE_KEYS = {
  encryptionKey: key({
    path: 'keystore.encryption_key',
    kind: optional(encryptionKeys),
    defaultIs: 'with type = "sqlite" a file beside the database, mode 0600, made at the first start; with a database server none, and needed',
    about: 'What seals the signing keys in the database. Keep a copy elsewhere: without it the database cannot be used. All nodes have the same.',
  }),
  algorithm: key({
    path: 'keystore.algorithm',
    kind: oneOf('ES256', 'RS256', 'PS256', 'EdDSA'),
    byDefault: 'ES256',
    about: 'How access tokens are signed.',
  }),
  rotateEvery: key({
    path: 'keystore.rotate_every',
    kind: duration('1m'),
    byDefault: '90d',
    about: 'How long a key signs before the next one does.',
  }),
}
