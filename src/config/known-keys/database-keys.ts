import { type Kind, optional } from '../kind.js'
import { anyText, hostName, oneOf, text, trueOrFalse, wholeNumber } from '../kinds.js'
import { key } from './key.js'

const serverKey = <Value>(name: string, kind: Kind<Value>, about: string, defaultIs = 'none') =>
  key({ path: `database.identity_db.${name}`, kind, about, notice: 'no effect with type = "sqlite", which is a file', defaultIs })

export const DATABASE_KEYS = {
  type: key({
    path: 'database.identity_db.type',
    kind: oneOf('sqlite', 'postgre', 'mysql'),
    byDefault: 'sqlite',
    about: 'The database: a file, PostgreSQL from 14 on, or MySQL from 8.0 or MariaDB from 10.6 on.',
  }),
  name: key({
    path: 'database.identity_db.name',
    kind: optional(text),
    defaultIs: 'data/jeton.db beside this file; with a database server none, and needed where there is no url',
    about: 'With type = "sqlite" the database file. A relative path starts at the folder of this file. Else the database of the server.',
  }),
  hostname: serverKey('hostname', optional(hostName), 'The host of a database server.', 'localhost'),
  port: serverKey('port', optional(wholeNumber(1, 65_535)), 'The port of a database server.', '5432 with "postgre", 3306 with "mysql"'),
  username: serverKey(
    'username',
    optional(text),
    'The user of a database server. May stand beside a url that names none.',
    'none, and needed where no url names it',
  ),
  password: serverKey(
    'password',
    optional(anyText),
    'The password of a database server; an empty password is a password. May stand beside a url that holds none.',
  ),
  url: key({
    path: 'database.identity_db.url',
    kind: optional(text),
    defaultIs: 'none',
    about: 'The URL of a database server, in place of hostname, port and name: postgresql://HOST:PORT/NAME or mysql://HOST:PORT/NAME.',
  }),
  sslMode: serverKey(
    'ssl_mode',
    optional(oneOf('disable', 'require', 'verify-ca', 'verify-full')),
    'Whether the way to a database server is encrypted (not with "disable"), and what its certificate has to show: nothing ("require", which an attacker in between can deceive), that ssl_ca_file has signed it ("verify-ca"), or also that it is made for the hostname ("verify-full").',
    '"disable"; with type = "postgre" a url may say it instead, as sslmode',
  ),
  sslCaFile: serverKey(
    'ssl_ca_file',
    optional(text),
    'The certificates, PEM, of those who sign the certificate of a database server. A relative path starts at the folder of this file.',
    'those that Node.js trusts; needed with "verify-ca"',
  ),
  allowPublicKeyRetrieval: serverKey(
    'allow_public_key_retrieval',
    optional(trueOrFalse),
    'Whether a MySQL server may be asked, over a connection that is not encrypted, for the key that hides the password on its way: an attacker in between could give another. On a loopback address it always may.',
    'false',
  ),
  maxActive: serverKey(
    'pool_options.maxActive',
    optional(wholeNumber(1, 1000)),
    'Connections of one process to a database server, at most. More requests wait for one to become free.',
    '10',
  ),
  maxWait: serverKey(
    'pool_options.maxWait',
    optional(wholeNumber(1, 60_000)),
    'How many milliseconds a request waits for a connection before it gets 503.',
    '2000',
  ),
}
