import { problemOf } from '../../../src/adapters/prisma/engines/mysql-version.js'

describe('The version of MySQL and MariaDB', () => {
  it.each(['8.0.17', '8.0.40-0ubuntu0.22.04.1', '8.4.3', '9.1.0', '10.6.0-MariaDB', '10.11.19-MariaDB-0+deb12u1', '11.4.2-MariaDB-log'])(
    'is new enough: %s',
    (version) => expect(problemOf(version)).toBeUndefined(),
  )

  it.each([
    ['8.0.16', 'MySQL 8.0.16 is too old: Jeton needs 8.0.17 or newer'],
    ['5.7.44-log', 'MySQL 5.7.44-log is too old: Jeton needs 8.0.17 or newer'],
    ['10.5.27-MariaDB', 'MariaDB 10.5.27-MariaDB is too old: Jeton needs 10.6.0 or newer'],
  ])('is too old, and the message says what is needed: %s', (version, message) => expect(problemOf(version)).toBe(message))
})
