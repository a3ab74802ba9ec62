import { createKind, optional } from '../kind.js'
import { duration, durationMs, hostName, oneOf, text, texts, trueOrFalse, wholeNumber } from '../kinds.js'
import { isTable } from '../toml-document.js'
import { key } from './key.js'

/** What a route demands. */
export interface RoutePolicy {
  readonly scope?: string
  readonly beyond?: 'introspect' | 'closed' | 'open'
}

const beyond = oneOf('introspect', 'closed', 'open')
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

const policies = createKind(
  'tables with scope = "…" and beyond = "introspect", "closed" or "open", under names of letters, digits, - and _',
  (value) =>
    isTable(value) && Object.entries(value).every(([name, one]) => /^[\w-]{1,64}$/.test(name) && isPolicy(one))
      ? (value as Readonly<Record<string, RoutePolicy>>)
      : undefined,
)

function isPolicy(value: unknown): value is RoutePolicy {
  if (!isTable(value) || Object.keys(value).some((name) => name !== 'scope' && name !== 'beyond')) return false
  const { scope, beyond: policy } = value
  return (scope === undefined || (typeof scope === 'string' && SCOPE.test(scope))) && (policy === undefined || beyond.read(policy).ok)
}

/** Of `gateway.toml`. */
export const GATEWAY_KEYS = {
  hostname: key({
    path: 'gateway.hostname',
    kind: hostName,
    byDefault: '127.0.0.1',
    about: 'The address to listen on. Access tokens arrive there in clear.',
  }),
  port: key({ path: 'gateway.port', kind: wholeNumber(0, 65_535), byDefault: 9780, about: 'The port for HTTP; 0 takes any free one.' }),
  trustedNetwork: key({
    path: 'gateway.trusted_network',
    kind: trueOrFalse,
    byDefault: false,
    about: 'Whether nobody else can read what passes on the way to an address that is not loopback.',
  }),
  issuer: key({ path: 'gateway.issuer', kind: optional(text), defaultIs: 'none; needed', about: 'What iss has to be: the issuer of the tokens.' }),
  audience: key({ path: 'gateway.audience', kind: texts, byDefault: [], about: 'One of these has to be in aud. Needed.' }),
  jwksUri: key({
    path: 'gateway.jwks_uri',
    kind: optional(text),
    defaultIs: 'as the metadata of the issuer say',
    about: 'Where the keys of the issuer are.',
  }),
  clockTolerance: key({
    path: 'gateway.clock_tolerance',
    kind: duration('0s', '5m'),
    byDefault: '0s',
    about: 'For how long after exp a token is still good.',
  }),
  cacheTokens: key({
    path: 'gateway.cache_tokens',
    kind: wholeNumber(0, 10_000_000),
    byDefault: 10_000,
    about: 'How many tokens that were found good are remembered, about 2 KiB each.',
  }),
  policies: key({
    path: 'gateway.policies',
    kind: policies,
    byDefault: {},
    about: 'What a route demands, by the name that stands in /policies/<name>.',
  }),
  feedUrl: key({ path: 'gateway.feed.url', kind: optional(text), defaultIs: 'the issuer', about: 'The key manager, or its /revocations.' }),
  clientId: key({
    path: 'gateway.feed.client_id',
    kind: optional(text),
    defaultIs: 'none; needed',
    about: 'A client that may have the scope revocation_feed.',
  }),
  clientSecret: key({
    path: 'gateway.feed.client_secret',
    kind: optional(text),
    defaultIs: 'none; needed',
    about: 'Its secret, best as $env{…} or $secret{…}.',
  }),
  soft: key({
    path: 'gateway.feed.soft',
    kind: durationMs('100ms', '1h'),
    byDefault: '5s',
    about: 'Older than this the feed is degraded; it serves on.',
  }),
  hard: key({
    path: 'gateway.feed.hard',
    kind: durationMs('100ms', '1d'),
    byDefault: '60s',
    about: 'Older than this "beyond" decides. Not below soft.',
  }),
  beyond: key({
    path: 'gateway.feed.beyond',
    kind: beyond,
    byDefault: 'introspect',
    about: 'What is done with a token then: ask the server, refuse with 503, or accept by what is known.',
  }),
  maxEntries: key({
    path: 'gateway.feed.max_entries',
    kind: wholeNumber(1000, 100_000_000),
    byDefault: 1_000_000,
    about: 'How many revocations are held one by one, about 64 bytes each. What is more is put together by client, and such tokens are introspected.',
  }),
  snapshotFile: key({
    path: 'gateway.feed.snapshot_file',
    kind: optional(text),
    defaultIs: 'none',
    about: 'A file that keeps what is known for the next start. A relative path starts at the folder of this file.',
  }),
  copiesFile: key({
    path: 'gateway.copies.file',
    kind: optional(text),
    defaultIs: 'none',
    about:
      'A file in which everything that is revoked stands for other programs (adapters/nginx, adapters/apache). A relative path starts at the folder of this file.',
  }),
  copiesHaproxySocket: key({
    path: 'gateway.copies.haproxy_socket',
    kind: optional(text),
    defaultIs: 'none',
    about: 'The runtime socket of an HAProxy, of level admin, whose maps are kept (adapters/haproxy).',
  }),
  copiesHaproxyMaps: key({
    path: 'gateway.copies.haproxy_maps',
    kind: text,
    byDefault: '/etc/haproxy/jeton',
    about: 'The folder of these maps, as the configuration of HAProxy names it.',
  }),
  requireSignature: key({
    path: 'gateway.feed.require_signature',
    kind: trueOrFalse,
    byDefault: true,
    about: 'Whether messages of the feed without the signature of the issuer are refused from the first on. false: from the first signed one on.',
  }),
}
