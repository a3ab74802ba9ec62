import { type Kind, optional } from '../kind.js'
import { anyText, text, trueOrFalse } from '../kinds.js'
import { hostsWithPorts, keyPrefix, redisUrl } from '../server-kinds.js'
import { key } from './key.js'

const redisKey = <Value>(name: string, kind: Kind<Value>, about: string, defaultIs = 'none') =>
  key({ path: `redis.${name}`, kind: optional(kind), about, defaultIs })

export const REDIS_KEYS = {
  url: redisKey('url', redisUrl, 'The Redis server, from 6.2 on. Without this table there is none, and everything works by the database alone.'),
  sentinels: redisKey('sentinels', hostsWithPorts, 'The sentinels that know where the Redis server is, in place of url.'),
  name: redisKey('name', text, 'With sentinels, the name by which they know the server.', '"mymaster"'),
  nodes: redisKey('nodes', hostsWithPorts, 'Some nodes of a Redis Cluster, in place of url.'),
  tls: redisKey(
    'tls',
    trueOrFalse,
    'With sentinels or nodes, whether they and the servers are spoken to over TLS. A url says it itself: rediss.',
    'false',
  ),
  caFile: redisKey(
    'ca_file',
    text,
    'The certificates, PEM, of those who sign the certificates of Redis and its sentinels. A relative path starts at the folder of this file.',
    'those that Node.js trusts',
  ),
  username: redisKey('username', text, 'The user of the Redis server. May stand beside a url that names none.'),
  password: redisKey('password', anyText, 'The password of the Redis server. May stand beside a url that holds none.'),
  keyPrefix: redisKey(
    'key_prefix',
    keyPrefix,
    'What the names of all keys and channels begin with, so that several Jetons can share one Redis.',
    '"jeton"',
  ),
}
