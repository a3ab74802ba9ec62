import { optional } from '../kind.js'
import { hostName, text, trueOrFalse, wholeNumber } from '../kinds.js'
import { workers } from '../server-kinds.js'
import { key } from './key.js'

export const SERVER_KEYS = {
  hostname: key({
    path: 'server.hostname',
    kind: hostName,
    byDefault: '127.0.0.1',
    about: 'The address to listen on. Other than loopback only behind a TLS proxy or with [transport.https].',
  }),
  port: key({ path: 'server.port', kind: wholeNumber(0, 65_535), byDefault: 9763, about: 'The port for HTTP; 0 takes any free one.' }),
  workers: key({
    path: 'server.workers',
    kind: workers,
    byDefault: 1,
    about:
      'Processes that serve, sharing the port; "auto" is one for each processor. More than one needs a database server: SQLite is served by one.',
  }),
  behindTlsProxy: key({
    path: 'server.behind_tls_proxy',
    kind: trueOrFalse,
    byDefault: false,
    about: 'Whether somebody in front ends TLS, so that plain HTTP may be served on an address that is not loopback.',
  }),
  httpsEnable: key({ path: 'transport.https.enable', kind: trueOrFalse, byDefault: false, about: 'Whether the server speaks HTTPS itself.' }),
  httpsPort: key({ path: 'transport.https.port', kind: wholeNumber(0, 65_535), byDefault: 9443, about: 'The port for HTTPS; 0 takes any free one.' }),
  httpsCertificateFile: key({
    path: 'transport.https.certificate_file',
    kind: optional(text),
    defaultIs: 'none; needed where enable is true',
    about: 'The certificate chain, PEM. A relative path starts at the folder of this file.',
  }),
  httpsKeyFile: key({
    path: 'transport.https.key_file',
    kind: optional(text),
    defaultIs: 'none; needed where enable is true',
    about: 'The private key of the certificate, PEM. A relative path starts at the folder of this file.',
  }),
}
