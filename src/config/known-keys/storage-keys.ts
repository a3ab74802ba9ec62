import { type Kind, optional } from '../kind.js'
import { anyText, anything, duration, oneOf, text, wholeNumber } from '../kinds.js'
import { encryptionKeys } from '../special-kinds.js'
import { key, LATER } from './key.js'

const SERVER_ONLY = 'no effect with type = "sqlite", which is a file'

const serverKey = <Value>(name: string, kind: Kind<Value>, about: string) =>
  key({ path: `database.identity_db.${name}`, kind, about, notice: SERVER_ONLY, defaultIs: 'none' })

const redisKey = (name: string, about: string) =>
  key({
    path: `redis.${name}`,
    kind: anything,
    about,
    defaultIs: 'none',
    refuses: (value) => (value === undefined ? undefined : `Redis ${LATER}: remove it`),
  })

export const DATABASE_KEYS = {
  type: key({
    path: 'database.identity_db.type',
    kind: oneOf('sqlite', 'postgre', 'mysql'),
    byDefault: 'sqlite',
    about: 'The database. "postgre" and "mysql" come with a later release.',
    refuses: (value) => (value === 'sqlite' ? undefined : `the database "${value}" ${LATER}: only "sqlite" is`),
  }),
  name: key({
    path: 'database.identity_db.name',
    kind: optional(text),
    defaultIs: 'data/jeton.db beside this file',
    about: 'With type = "sqlite" the database file. A relative path starts at the folder of this file.',
  }),
  hostname: serverKey('hostname', optional(text), 'The host of a database server.'),
  port: serverKey('port', optional(wholeNumber(1, 65_535)), 'The port of a database server.'),
  username: serverKey('username', optional(anyText), 'The user of a database server.'),
  password: serverKey('password', optional(anyText), 'The password of a database server; an empty password is a password.'),
  url: key({
    path: 'database.identity_db.url',
    kind: optional(text),
    defaultIs: 'none',
    about: 'The URL of a database server, in place of the keys above.',
    refuses: (value) => (value === undefined ? undefined : `a URL names a database server, which ${LATER}: with type = "sqlite" the file is "name"`),
  }),
}

export const REDIS_KEYS = {
  url: redisKey('url', 'The Redis server.'),
  sentinels: redisKey('sentinels', 'The sentinels of a Redis server.'),
  nodes: redisKey('nodes', 'The nodes of a Redis cluster.'),
}

export const KEYSTORE_KEYS = {
  encryptionKey: key({
    path: 'keystore.encryption_key',
    kind: optional(encryptionKeys),
    defaultIs: 'a file beside the database, mode 0600, made at the first start',
    about: 'What seals the signing keys in the database. Keep a copy elsewhere: without it the database cannot be used.',
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
