import { resolve } from 'node:path'
import { loadSettings } from '../../src/config/load-settings.js'
import { formatProblem, type Problem } from '../../src/config/problems.js'
import type { Settings } from '../../src/config/settings.js'
import { createFiles, load, messagesOf, problemsOf, settingsOf } from './loading.js'

const HEX_KEY = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'
const BASE64_KEY = Buffer.from(HEX_KEY, 'hex').toString('base64')

/** The blocks of the pages that describe WSO2's configuration, as they stand there. */
const CLEANUP = '[oauth.token_cleanup]\nenable = true\nretain_access_tokens_for_auditing = true\n'
const SESSIONS = `    [session_data.cleanup]
    enable_expired_data_cleanup = false
    clean_logged_out_sessions_at_immediate_cycle = false
    enable_pre_session_data_cleanup = false
    
`
const PERSISTENCE = `    [oauth.token_persistence]
    enable=false

    [oauth.revoked_token_headers_in_response]
    enable=false

    [[oauth.extensions.token_types]]
    name = "JWT"
    issuer = "org.wso2.is.key.manager.tokenpersistence.issuer.ExtendedJWTTokenIssuer"  
`
const EARLIER_RELEASES = `[transport.https.properties]
maxHttpHeaderSize = "12288"
[apim.oauth_config]
enable_jwt_for_portals = true
[oauth]
add_tenant_domain_to_access_token = true
`

describe('loadSettings', () => {
  it('has a built-in default that gives client credentials a refresh token', () => {
    const loaded = loadSettings(undefined, {})
    expect(loaded).toMatchObject({
      ok: true,
      settings: {
        server: { hostname: '127.0.0.1', port: 9763, behindTlsProxy: false },
        https: undefined,
        oauth: { issuer: undefined, defaultAudience: 'issuer', passwordGrant: false, clientCredentialsGrant: true, clientCredentialsRefresh: true },
        lifetimes: { applicationAccessToken: 3600, userAccessToken: 3600, refreshToken: 86_400, authorizationCode: 300 },
        database: { type: 'sqlite', file: resolve('data/jeton.db'), isDefault: true },
        keystore: { encryptionKeys: [], algorithm: 'ES256', rotateEvery: 7_776_000 },
        notices: [],
      },
    })
  })

  it('differs from an empty file only in those refresh tokens and in where the database is', () => {
    const builtIn = loadSettings(undefined, {})
    const empty = settingsOf('')
    expect(empty.database).toEqual({ type: 'sqlite', file: '/etc/jeton/data/jeton.db', isDefault: true })
    expect(builtIn).toEqual({
      ok: true,
      settings: {
        ...empty,
        oauth: { ...empty.oauth, clientCredentialsRefresh: true },
        database: { type: 'sqlite', file: resolve('data/jeton.db'), isDefault: true },
      } satisfies Settings,
    })
    expect(empty.oauth.clientCredentialsRefresh).toBe(false)
  })

  it('reads every setting', () => {
    const settings = settingsOf(`
[server]
hostname = "0.0.0.0"
port = 0
behind_tls_proxy = true
[transport.https]
enable = true
port = 8443
certificate_file = "tls/a.crt"
key_file = "/tls/a.key"
[oauth]
issuer = "https://keys.example.com/t"
adopted.issuers = ["https://am.example:9443/oauth2/token"]
default_audience = ["https://a", "b"]
extend_refresh_token_expiry_time_on_renewal = false
hash_tokens_and_secrets = false
grant_type.password.enable = true
grant_type.client_credentials = { enable = false, allow_refresh_tokens = true }
grant_type.refresh_token.enable = false
[oauth.revoked_token_headers_in_response]
enable = true
[oauth.token_validation]
app_access_token_validity = 90
user_access_token_validity = "90s"
refresh_token_validity = "2d"
[oauth.token_renewal]
renew_refresh_token = false
refresh_grace = "1m"
refresh_grace_reuse = 0
renew_access_token_per_request = true
max_queue = 8
[oauth.token_persistence]
enable = true
[oauth.jwt.renew_token_without_revoking_existing]
enable = true
allowed_grant_types = ["password", "x"]
[oauth.token_cleanup]
audit_retention = "2m"
[revocation]
poll_interval = "100ms"
max_staleness = "1h"
max_clock_skew = 2
keep_after_expiry = "15m"
max_queue = 7
per_client_rate = 20
per_client_burst = 300
[database.identity_db]
type = "sqlite"
name = "../db/x.db"
[redis]
sentinels = ["a:1"]
name = "m"
username = "u"
password = ""
key_prefix = "k"
[keystore]
encryption_key = ["${HEX_KEY}", "${BASE64_KEY}"]
algorithm = "EdDSA"
rotate_every = "30d"
[log]
level = "silent"
[oauth.rate_limit]
enable = false
per_client = 1
per_user = 2
per_address = 3
window = "10s"
[purge]
every = "5s"
batch = 10
safe_period = "3h"
lock_time = "50ms"
pause = "20ms"
max_replication_lag = "2s"
replay_memory = "40d"
[session_data.cleanup]
enable_expired_data_cleanup = true
clean_logged_out_sessions_at_immediate_cycle = false
enable_pre_session_data_cleanup = false
expire_session_data_after = "7d"
expire_pre_session_data_after = "20m"
clean_expired_session_data_every = "6h"
clean_expired_session_data_in_chunks_of = 4096
`)
    const key = Buffer.from(HEX_KEY, 'hex')
    expect(settings).toEqual({
      server: { hostname: '0.0.0.0', port: 0, behindTlsProxy: true, workers: 1 },
      https: { port: 8443, certificateFile: '/etc/jeton/tls/a.crt', keyFile: '/tls/a.key' },
      oauth: {
        issuer: 'https://keys.example.com/t',
        adoptedIssuers: ['https://am.example:9443/oauth2/token'],
        defaultAudience: ['https://a', 'b'],
        passwordGrant: true,
        clientCredentialsGrant: false,
        clientCredentialsRefresh: true,
        refreshTokenGrant: false,
        opaquePortals: false,
        revokedTokenHeaders: true,
        ownIssuer: undefined,
      },
      lifetimes: { applicationAccessToken: 90, userAccessToken: 90, refreshToken: 172_800, authorizationCode: 300 },
      renewal: { renewRefreshToken: false, extendRefreshTokenExpiry: false, grace: 60, graceReuse: 0, maxQueue: 8 },
      persistence: { enable: true, hashTokens: false, renewAccessTokenPerRequest: true, besideGrantTypes: ['password', 'x'] },
      cleanup: { kind: 'audit', retention: 120 },
      revocation: {
        pollIntervalMs: 100,
        maxStaleness: 3600,
        maxClockSkew: 2,
        keepAfterExpiry: 900,
        maxQueue: 7,
        perClientRate: 20,
        perClientBurst: 300,
      },
      database: { type: 'sqlite', file: '/etc/db/x.db', isDefault: false },
      redis: {
        kind: 'sentinel',
        sentinels: [{ host: 'a', port: 1 }],
        name: 'm',
        username: 'u',
        password: '',
        isTls: false,
        caFile: undefined,
        keyPrefix: 'k',
      },
      keystore: { encryptionKeys: [key, key], algorithm: 'EdDSA', rotateEvery: 2_592_000 },
      log: { level: 'silent' },
      rateLimit: { enable: false, perClient: 1, perUser: 2, perAddress: 3, window: 10 },
      purge: {
        every: 5,
        batch: 10,
        lockTimeMs: 50,
        pauseMs: 20,
        yields: true,
        maxReplicationLagMs: 2000,
        safePeriod: 10_800,
        replayMemory: 40 * 86_400,
        partitionSpan: 86_400,
        schedule: undefined,
      },
      sessions: {
        cleanExpired: true,
        cleanLoggedOut: false,
        cleanPreSessions: false,
        longest: 7 * 86_400,
        longestPreSession: 1200,
        every: 6 * 3600,
        batch: 4096,
      },
      wso2: { grantEvents: true, notify: undefined, revoked: undefined },
      notices: [],
    })
  })

  it.each([
    ['token cleanup', CLEANUP],
    ['session cleanup', SESSIONS],
    ['token persistence', PERSISTENCE],
    ['earlier releases', EARLIER_RELEASES],
    ['all of them in one file', CLEANUP + SESSIONS + PERSISTENCE + EARLIER_RELEASES],
  ])("takes WSO2's blocks unchanged: %s", (_, text) => {
    expect(messagesOf(text)).toEqual([])
    expect(messagesOf(text.replaceAll('\n', '\r\n'))).toEqual([])
  })

  it('names all of ten mistakes with their lines and what was probably meant', () => {
    const text = `# ten mistakes
[server]
prot = 9763 # 1
hostname = 127 # 2
behind_tls_proxy = "maybe" # 3

[oauth.token_validaton] # 4
app_access_token_validity = 3600

[oauth.token_renewal]
refresh_grace = "1 parsec" # 5
"refresh_grace_reuse" = 1001 # 6

[keystore]
algorithm = "ES265" # 7
encryption_key = "too short" # 8

[oauth]
issuer = "http://keys.example.com" # 9
token_persistence.enable = 1 # 10
`
    expect(problemsOf(text).map(formatProblem)).toEqual([
      'deployment.toml:3: server.prot: unknown key (did you mean "server.port"?)',
      'deployment.toml:4: server.hostname: expected a host name or an IP address without brackets',
      'deployment.toml:5: server.behind_tls_proxy: expected true or false',
      'deployment.toml:7: oauth.token_validaton: unknown table (did you mean "oauth.token_validation"?)',
      'deployment.toml:11: oauth.token_renewal.refresh_grace: expected seconds, or with a unit ("90s", "15m", "1h", "1d"), from 0s to 1h',
      'deployment.toml:12: oauth.token_renewal.refresh_grace_reuse: expected a whole number from 0 to 1000',
      'deployment.toml:15: keystore.algorithm: expected "ES256" or "RS256" or "PS256" or "EdDSA" (did you mean "ES256"?)',
      'deployment.toml:16: keystore.encryption_key: expected a key of 32 bytes as 64 hex digits or in base64, or a list of such keys of which the first seals',
      'deployment.toml:19: oauth.issuer: expected an absolute https URL without query, fragment or user (http only for a loopback host)',
      'deployment.toml:20: oauth.token_persistence.enable: expected true or false',
    ])
  })

  it.each([
    ['a mistake of syntax', '[server]\nport = \n[lgo]\n', 2],
    ['a string that does not end', 'a = 1\nb = "x\n', 2],
    ['a key twice', '[log]\nlevel = "info"\nlevel = "info"\n', 3],
    ['a key that JavaScript already has', '[log]\n[constructor]\nx = 1\n', 2],
  ])('stops at once at %s', (_, text, line) => {
    expect(problemsOf(text)).toMatchObject([{ line, key: '' }])
    expect(Object.hasOwn(Object, 'x')).toBe(false)
  })

  it('takes CRLF, a byte order mark and quoted keys', () => {
    expect(settingsOf('\uFEFF# x\r\n["server"]\r\n\'port\' = 1 # y\r\n"host\\u006eame" = "::1"\r\n').server).toMatchObject({
      port: 1,
      hostname: '::1',
    })
    expect(problemsOf('# x\r\n\r\n[server]\r\n"p.ort" = 1\r\n')).toMatchObject([{ line: 4, key: 'server."p.ort"' }])
  })

  it('refuses a file that is away, too long or not UTF-8', () => {
    const lengthy = `# ${'x'.repeat(256 * 1024)}`
    expect(loadSettings('/nowhere/deployment.toml', {}, createFiles({}))).toMatchObject({
      problems: [{ file: '/nowhere/deployment.toml', line: 1, key: '', message: 'the file cannot be read: there is no such file' }],
    })
    expect(messagesOf(lengthy)).toEqual(['the file cannot be read: longer than 262144 bytes'])
    expect(loadSettings('x.toml', {}, () => Uint8Array.of(0x23, 0xff))).toMatchObject({
      problems: [{ message: 'the file cannot be read: it is not UTF-8' }],
    })
  })

  it('reads values from the environment and from files, whatever type the key has', () => {
    const settings = settingsOf(
      '[server]\nport = "$env{PORT}"\nbehind_tls_proxy = "$env{PROXY}"\n[keystore]\nencryption_key = "$secret{key.txt}"\n[oauth]\nissuer = "https://$env{HOST}/$env{DOLLARS}"\n',
      { PORT: '8080', PROXY: 'true', HOST: 'a.example', DOLLARS: '$$$&' },
      { '/etc/jeton/key.txt': `${HEX_KEY}\n` },
    )
    expect(settings.server).toMatchObject({ port: 8080, behindTlsProxy: true })
    expect(settings.oauth.issuer).toBe('https://a.example/$$$&')
    expect(settings.keystore.encryptionKeys).toEqual([Buffer.from(HEX_KEY, 'hex')])
  })

  it('names a variable and a file that are missing', () => {
    const text =
      '[log]\nlevel = "$env{LEVEL}"\n[keystore]\nencryption_key = ["$secret{no/key}"]\n[oauth]\nissuer = "$env{toString}"\ndefault_audience = "$env{OPEN"\n'
    expect(problemsOf(text).map(({ line, message }) => `${line} ${message}`)).toEqual([
      '2 the environment variable "LEVEL" is not set',
      '4 the file "no/key" cannot be read: there is no such file',
      '6 the environment variable "toString" is not set',
      '7 a reference is not closed with }',
    ])
  })

  it('never tells a value, wherever it stands', () => {
    const secret = 'hunter2-correct-horse'
    const texts = [
      `[keystore]\nencryption_key = "${secret}"\nalgorithm = "${secret}"\nrotate_every = "${secret}"\n[log]\nlevel = "${secret}"`,
      `[database.identity_db]\ntype = "${secret}"\nurl = "${secret}"\npassword = ["${secret}"]\nport = "${secret}"`,
      `[database.identity_db]\ntype = "mysql"\nurl = "postgres://${secret}:${secret}@h/d"\nusername = "${secret}"`,
      `[database.identity_db]\ntype = "mysql"\nurl = "mysql://${secret}:${secret}@h/d"\nusername = "${secret}"\npassword = "${secret}"`,
      `[oauth]\nissuer = "${secret}"\ndefault_audience = ["", "${secret}"]\ngrant_type = "${secret}"\nextensions.token_types = [{name = "${secret}", issuer = "${secret}"}]`,
      `[server]\nport = "$env{SECRET}"\nhostname = "${secret} "\nworkers = "$secret{s}"\nbehind_tls_proxy = "${secret}"\nunknown = "${secret}"`,
      `[keystore]\nencryption_key = "${secret}`,
      `[keystore]\nencryption_key = """\n${secret}`,
      `[keystore]\nencryption_key = ${secret}`,
      `[keystore]\nencryption_key = "${secret}" "${secret}"`,
      `[redis]\nurl = "redis://:${secret}@h/${secret}"\nsentinels = ["${secret}"]\nnodes = "${secret}"\n[transport.https]\nenable = true\ncertificate_file = "$env{SECRET}"\nkey_file = "$secret{s}"`,
    ]
    for (const text of texts) {
      const loaded = load(text, { SECRET: secret }, { '/etc/jeton/s': secret })
      expect(loaded.ok).toBe(false)
      expect(JSON.stringify(loaded)).not.toContain(secret)
      expect(loaded.ok ? [] : loaded.problems.map(formatProblem).filter((line) => line.includes(secret))).toEqual([])
    }
  })

  it('formats a problem without a key and without a suggestion', () => {
    const problem: Problem = { file: 'a.toml', line: 3, key: '', message: 'm' }
    expect(formatProblem(problem)).toBe('a.toml:3: m')
  })
})
