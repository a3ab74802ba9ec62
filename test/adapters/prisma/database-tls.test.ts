import { jest } from '@jest/globals'
import type { DatabaseTls, ServerOptions } from '../../../src/adapters/prisma/engines/server-options.js'
import { type Database, openDatabase } from '../../../src/adapters/prisma/open-database.js'
import { StoreUnavailable } from '../../../src/errors/operational-errors.js'
import { diagnoseOutage } from '../../../src/main/diagnose-outage.js'
import { KEEP_AFTER_EXPIRY, MAX_CLOCK_SKEW } from '../../stores/opened-stores.js'
import { type Deception, startDeceivingServer } from './deceiving-server.js'
import { CERTIFICATE, type OwnServer, ownMariadb, ownPostgres } from './own-server.js'

// Making a server takes its time, on a busy machine more.
jest.setTimeout(60_000)

const ENGINES = [
  { name: 'mysql', engine: 'mysql', database: 'own', programs: 'mariadbd', begin: ownMariadb },
  { name: 'postgres', engine: 'postgresql', database: 'postgres', programs: 'pg_config and what it names', begin: ownPostgres },
] as const

for (const { name, engine, database, programs, begin } of ENGINES) {
  const describeIt = begin === undefined ? describe.skip : describe
  describeIt(`TLS to a server of kind "${name}"${begin === undefined ? ` (not found: ${programs})` : ''}`, () => {
    let server: OwnServer
    const opened: Database[] = []
    beforeAll(async () => {
      if (begin !== undefined) server = await begin()
    })
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close()
    })
    afterAll(() => server?.stop())

    /** 127.0.0.2 is this machine too, and the certificate does not name it. */
    async function open(tls: DatabaseTls | undefined, host = '127.0.0.1'): Promise<Database> {
      const address: ServerOptions = { engine, host, port: server.port, name: database, username: 'own', password: 'p w/d', tls }
      const one = await openDatabase({ ...address, keepAfterExpiry: KEEP_AFTER_EXPIRY, maxClockSkew: MAX_CLOCK_SKEW })
      opened.push(one)
      return one
    }
    async function works(tls: DatabaseTls, host?: string): Promise<void> {
      const one = await open(tls, host)
      await one.migrate()
      expect((await one.heads.read()).seq).toBe(0)
    }
    const refusal = (tls: DatabaseTls | undefined, host?: string): Promise<unknown> => open(tls, host).catch((error: unknown) => error)

    it('is refused by such a server where it is not wanted', async () => {
      expect(await refusal(undefined)).toBeInstanceOf(StoreUnavailable)
    })

    it('takes any certificate with "require"', () => works({ mode: 'require', ca: undefined }, '127.0.0.2'))

    it('takes a certificate that is signed, whomever it names, with "verify-ca"', () => works({ mode: 'verify-ca', ca: CERTIFICATE }, '127.0.0.2'))

    it.each(['127.0.0.1', 'localhost'])('takes a certificate that is signed and names the host with "verify-full": %s', (host) =>
      works({ mode: 'verify-full', ca: CERTIFICATE }, host),
    )

    it.each<[string, DatabaseTls, string]>([
      ['one that names another host', { mode: 'verify-full', ca: CERTIFICATE }, '127.0.0.2'],
      ['one whose signer nobody trusts', { mode: 'verify-full', ca: undefined }, '127.0.0.1'],
      ['one whose signer nobody trusts, whomever it names', { mode: 'verify-ca', ca: undefined }, '127.0.0.1'],
    ])('does not take %s, and says what is wrong', async (_, tls, host) => {
      const refused = await refusal(tls, host)
      expect(refused).toBeInstanceOf(StoreUnavailable)
      expect(diagnoseOutage(refused as StoreUnavailable).message).toBe('and this process do not agree about TLS')
    })
  })
}

describe('a server of kind "mysql" with a certificate of its own making', () => {
  it.each<[string, Deception]>([
    ['that calls itself MariaDB', { version: '10.11.2-MariaDB', plugin: 'mysql_clear_password' }],
    ['that calls itself MySQL', { version: '8.0.36', plugin: 'mysql_clear_password' }],
    ['that asks a second time', { version: '10.11.2-MariaDB', plugin: 'mysql_native_password', instead: 'mysql_clear_password' }],
    ['that knows no hash of it', { version: '10.11.2-MariaDB', plugin: 'mysql_native_password', instead: 'caching_sha2_password' }],
  ])('%s, is not told the password', async (_, deception) => {
    const server = await startDeceivingServer(deception)
    const password = 'hunter2hunter2'
    const address: ServerOptions = { engine: 'mysql', host: '127.0.0.1', port: server.port, name: 'own', username: 'own', password }
    for (const mode of ['verify-full', 'verify-ca'] as const) {
      const tls: DatabaseTls = { mode, ca: undefined }
      const opening = openDatabase({ ...address, tls, connectTimeoutMs: 500, keepAfterExpiry: KEEP_AFTER_EXPIRY, maxClockSkew: MAX_CLOCK_SKEW })
      await expect(opening).rejects.toBeInstanceOf(StoreUnavailable)
    }
    server.close()
    expect(server.heard()).not.toContain(password)
  })
})

describe('a server of kind "mysql" over a connection that is not encrypted', () => {
  const KEY_REQUEST = '\x01\0\0\x05\x02'

  it.each([
    { host: '0.0.0.0', allowed: false, isAsked: false },
    { host: '0.0.0.0', allowed: true, isAsked: true },
    { host: '127.0.0.1', allowed: false, isAsked: true },
  ])('is asked for the key that hides the password: $isAsked at $host where that is allowed: $allowed', async ({ host, allowed, isAsked }) => {
    const server = await startDeceivingServer({ version: '8.0.36', plugin: 'mysql_native_password', instead: 'caching_sha2_password', isPlain: true })
    const place = { engine: 'mysql', host, port: server.port, name: 'own', username: 'own', password: 'secret' } as const
    const options = { ...place, allowPublicKeyRetrieval: allowed, connectTimeoutMs: 500 }
    const refused = await openDatabase({ ...options, keepAfterExpiry: KEEP_AFTER_EXPIRY, maxClockSkew: MAX_CLOCK_SKEW }).catch(
      (error: unknown) => error,
    )
    server.close()
    expect(refused).toBeInstanceOf(StoreUnavailable)
    if (!isAsked) expect(diagnoseOutage(refused as StoreUnavailable).message).toBe('and this process do not agree about TLS')
    expect(server.heard().endsWith(KEY_REQUEST)).toBe(isAsked)
  })
})
