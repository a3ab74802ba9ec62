import { load, problemsOf, settingsOf } from './loading.js'

const told = (text: string): readonly string[] => problemsOf(text).map(({ line, key, message }) => `${line} ${key}: ${message}`)

describe('what is refused until a later release', () => {
  it.each([
    ['oauth.grant_type.authorization_code.enable', 'true', 'the authorization code grant is not available'],
    ['oauth.token_binding.enable', 'true', 'with oauth.token_persistence.enable = false nothing is stored'],
  ])('refuses %s = %s by name', (key, value, message) => {
    const problems = problemsOf(`${key} = ${value}\n`)
    expect(problems).toMatchObject([{ line: 1, key }])
    expect(problems[0]?.message).toContain(message)
  })

  it('refuses token binding with stored tokens too, for another reason', () => {
    expect(told('[oauth.token_persistence]\nenable = true\n[oauth.token_binding]\nenable = true\n')).toEqual([
      '4 oauth.token_binding.enable: token binding is not available in this release: leave it false',
    ])
  })
})

describe('token types', () => {
  it.each(['jwt', 'org.wso2.is.key.manager.tokenpersistence.issuer.ExtendedJWTTokenIssuer'])('takes the built-in issuer as %s', (issuer) => {
    expect(told(`[[oauth.extensions.token_types]]\nname = "JWT"\nissuer = "${issuer}"\n`)).toEqual([])
  })

  const withIssuer = (issuer: string): string => `[[oauth.extensions.token_types]]\nname = "JWT"\nissuer = ${issuer}\n`

  it.each(['"./issuers/mine.js"', '"mine.mjs"', "'C:\\x\\mine'", '"/opt/mine"'])('refuses the module %s when it is not there', (issuer) => {
    expect(told(withIssuer(issuer))).toEqual(['3 oauth.extensions.token_types.issuer: the module cannot be read: there is no such file'])
  })

  it('takes a module by its path, from the folder of the file on, with its time limit', () => {
    const text = `\n${withIssuer('"issuers/mine.js"')}claims_timeout = "250ms"\n`
    const { oauth, notices } = settingsOf(text, {}, { '/etc/jeton/issuers/mine.js': 'export {}' })
    expect(oauth.ownIssuer).toEqual({
      module: '/etc/jeton/issuers/mine.js',
      timeoutMs: 250,
      place: { file: '/etc/jeton/deployment.toml', line: 4, key: 'oauth.extensions.token_types.issuer' },
    })
    expect(notices).toEqual([])
  })

  it('gives a module a second where nothing is said, and says that the built-in issuer needs none', () => {
    expect(settingsOf(withIssuer('"/opt/mine.js"'), {}, { '/opt/mine.js': '' }).oauth.ownIssuer?.timeoutMs).toBe(1000)
    const { oauth, notices } = settingsOf(`${withIssuer('"jwt"')}claims_timeout = 2\n`)
    expect(oauth.ownIssuer).toBeUndefined()
    expect(notices).toEqual(['[oauth.extensions.token_types] claims_timeout: no effect with the built-in issuer, which takes no time.'])
  })

  it('refuses to have two issuers for one type', () => {
    expect(told(withIssuer('"jwt"') + withIssuer('"jwt"'))).toEqual([
      '5 oauth.extensions.token_types.name: named by more than one [[oauth.extensions.token_types]]',
    ])
  })

  it('refuses other issuers, other names and parts that are missing, each in its own element', () => {
    const text = `[[oauth.extensions.token_types]]
name = "Opaque"
issuer = "org.example.Issuer"
[[oauth.extensions.token_types]]
name = "JWT"
[[oauth.extensions.token_types]]
issuer = "jwt"
isuer = "jwt"
`
    expect(told(text)).toEqual([
      '2 oauth.extensions.token_types.name: expected "JWT"',
      `3 oauth.extensions.token_types.issuer: expected "jwt" or "org.wso2.is.key.manager.tokenpersistence.issuer.ExtendedJWTTokenIssuer", or the path of a module of your own`,
      '4 oauth.extensions.token_types.issuer: missing: each [[oauth.extensions.token_types]] needs it',
      '6 oauth.extensions.token_types.name: missing: each [[oauth.extensions.token_types]] needs it',
      '8 oauth.extensions.token_types.isuer: unknown key',
    ])
    expect(problemsOf(text).at(-1)?.didYouMean).toBe('oauth.extensions.token_types.issuer')
  })

  it('refuses a table where an array of tables has to stand, and the reverse', () => {
    expect(told('[oauth.extensions.token_types]\nname = "JWT"\n')).toEqual([
      '1 oauth.extensions.token_types: expected an array of tables: [[oauth.extensions.token_types]]',
    ])
    expect(told('[[server]]\nport = 1\n')).toEqual(['1 server: expected a table: [server]'])
    expect(told('oauth.extensions.token_types = [1]\n')).toHaveLength(1)
  })
})

describe('the portals of WSO2', () => {
  it.each([
    ['', false],
    ['apim.oauth_config.enable_jwt_for_portals = true\n', false],
    ['apim.oauth_config.enable_jwt_for_portals = false\n', true],
    ['apim.oauth_config.enable_jwt_for_portals = "$env{UNSET}"\n', false],
  ])('want opaque tokens only where the file says so: %j', (text, opaquePortals) => {
    expect(settingsOf(text).oauth.opaquePortals).toBe(opaquePortals)
  })
})

describe('plain HTTP', () => {
  it.each(['localhost', '127.0.0.1', '127.9.8.7', '::1'])('is served on %s', (hostname) => {
    expect(told(`server.hostname = "${hostname}"`)).toEqual([])
  })

  it.each(['0.0.0.0', '::', '10.0.0.1', 'keys.example.com', '127.0.0.1.example.com', '128.0.0.1'])('is refused on %s', (hostname) => {
    expect(problemsOf(`[server]\nhostname = "${hostname}"`)).toMatchObject([{ line: 2, key: 'server.hostname' }])
  })

  it('is served anywhere behind a proxy that ends TLS, and beside HTTPS', () => {
    expect(told('[server]\nhostname = "0.0.0.0"\nbehind_tls_proxy = true')).toEqual([])
    expect(told('server.hostname = "0.0.0.0"\n[transport.https]\nenable = true\ncertificate_file = "tls/a.crt"\nkey_file = "/tls/a.key"')).toEqual([])
  })
})

describe('HTTPS', () => {
  it('needs both files, readable, and a port of its own', () => {
    expect(told('[server]\nport = 1\n[transport.https]\nenable = true\nport = 1\ncertificate_file = "tls/no.crt"\n')).toEqual([
      '3 transport.https.key_file: missing: transport.https.enable = true needs it',
      '5 transport.https.port: the same port as server.port',
      '6 transport.https.certificate_file: the file cannot be read: there is no such file',
    ])
  })

  it('does not call a file missing whose name cannot be told', () => {
    const text = '[transport.https]\nenable = true\ncertificate_file = "$env{NONE}"\nkey_file = "/tls/a.key"\n'
    expect(told(text)).toEqual(['3 transport.https.certificate_file: the environment variable "NONE" is not set'])
  })

  it('reads nothing while it is off', () => {
    expect(settingsOf('[transport.https]\ncertificate_file = "no"\nkey_file = "no"').https).toBeUndefined()
  })
})

describe('the issuer (RFC 8414 §2)', () => {
  it.each(['https://a.example', 'https://a.example:8443/x/', 'http://localhost:9763', 'http://127.0.0.1', 'http://[::1]:1'])(
    'may be %s',
    (issuer) => {
      expect(settingsOf(`oauth.issuer = "${issuer}"`).oauth.issuer).toBe(issuer)
    },
  )

  it.each([
    'http://a.example',
    'https://a.example?x',
    'https://a.example#x',
    'https://a.example/?',
    'ftp://a',
    'a.example',
    '/x',
    'https://',
    'https://u:p@a.example',
    'https://a b',
    'https://a:99999',
    '',
  ])('may not be "%s"', (issuer) => {
    expect(problemsOf(`oauth.issuer = "${issuer}"`)).toMatchObject([{ line: 1, key: 'oauth.issuer' }])
  })
})

describe('lengths of time and numbers', () => {
  it.each([
    ['oauth.token_validation.app_access_token_validity', '0'],
    ['oauth.token_validation.app_access_token_validity', '-1'],
    ['oauth.token_validation.user_access_token_validity', '"0s"'],
    ['oauth.token_validation.refresh_token_validity', '"3651d"'],
    ['oauth.token_validation.refresh_token_validity', '1.5'],
    ['oauth.token_validation.refresh_token_validity', 'inf'],
    ['oauth.token_validation.authorization_code_validity', '"1500ms"'],
    ['oauth.token_validation.app_access_token_validity', '"1 parsec"'],
    ['oauth.token_validation.app_access_token_validity', '"1h30m"'],
    ['oauth.token_validation.app_access_token_validity', '9223372036854775808'],
    ['oauth.token_validation.app_access_token_validity', '1979-05-27'],
    ['oauth.token_validation.app_access_token_validity', 'true'],
    ['revocation.poll_interval', '"1001ms"'],
    ['revocation.poll_interval', '2'],
    ['revocation.max_queue', '0'],
    ['revocation.per_client_rate', '-1'],
    ['revocation.per_client_burst', '0'],
    ['oauth.token_renewal.max_queue', '1000001'],
    ['session_data.cleanup.expire_session_data_after', '14'],
    ['session_data.cleanup.clean_expired_session_data_in_chunks_of', '0'],
    ['oauth.token_cleanup.enable', '1'],
    ['server.port', '65536'],
    ['server.port', '18446744073709551617'],
    ['server.port', '{ a = 1 }'],
    ['log.level', '["info"]'],
    ['keystore.encryption_key', '[]'],
    ['oauth.default_audience', '[]'],
  ])('refuses %s = %s', (key, value) => {
    expect(problemsOf(`\n${key} = ${value}`)).toMatchObject([{ line: 2, key }])
  })

  it('keeps revocations at least as long as clocks may differ', () => {
    expect(told('[revocation]\nkeep_after_expiry = 1\n')).toEqual(['2 revocation.keep_after_expiry: expected at least revocation.max_clock_skew'])
  })
})

describe('notices', () => {
  const noticesOf = (text: string): readonly string[] => settingsOf(text).notices

  it('names what has no effect once for a table, and only if the file has it', () => {
    expect(
      noticesOf('[oauth.token_cleanup]\nenable = true\n[session_data.persistence]\nenable_persistence = true\npersistence_pool_size = 0\n'),
    ).toEqual(['[session_data.persistence] enable_persistence, persistence_pool_size: known from WSO2 and not needed: nothing is read from it.'])
    expect(noticesOf('[oauth.token_cleanup]\n[super_admin]\n')).toEqual(['[super_admin]: known from WSO2 and not needed: nothing is read from it.'])
  })

  it('names the burst of revocations where there is no limit on them', () => {
    const text = '[revocation]\nper_client_burst = 10\n'
    expect(noticesOf(text)).toEqual([])
    expect(noticesOf(`${text}per_client_rate = 0\n`)).toEqual([
      '[revocation] per_client_burst: without effect, since revocation.per_client_rate is 0.',
    ])
  })

  it('names what has no effect without stored tokens, or with SQLite', () => {
    expect(noticesOf('oauth.token_renewal.renew_access_token_per_request = true\n[database.identity_db]\nhostname = "h"\npassword = ""\n')).toEqual([
      '[oauth.token_renewal] renew_access_token_per_request: no effect with oauth.token_persistence.enable = false: every request gets new tokens.',
      '[database.identity_db] hostname, password: no effect with type = "sqlite", which is a file.',
    ])
  })

  it('names nothing of what has an effect with stored tokens', () => {
    const text = `[oauth.token_persistence]
enable = true
[oauth.token_renewal]
renew_access_token_per_request = true
[oauth.jwt.renew_token_without_revoking_existing]
enable = true
[oauth.token_validation]
app_access_token_validity = "2d"
`
    expect(noticesOf(text)).toEqual([])
    expect(noticesOf(text.replace('enable = true', 'enable = false'))).toHaveLength(3)
  })

  it("names WSO2's keys that are not needed, and resolves no reference in them", () => {
    const notices = noticesOf(`[server]
node_ip = "127.0.0.1"
[super_admin]
username = "admin"
password = "$secret{admin_password}"
[user_store]
type = "database_unique_id"
[keystore.tls]
file_name = "wso2carbon.jks"
[truststore]
file_name = "client-truststore.jks"
[oauth]
timestamp_skew = "0m"
`)
    expect(notices.map((notice) => notice.split(':')[0])).toEqual([
      '[server] node_ip',
      '[oauth] timestamp_skew',
      '[super_admin]',
      '[user_store]',
      '[keystore.tls]',
      '[truststore]',
    ])
  })

  it('warns of access tokens that live longer than a day, and of an issuer that nobody can resolve', () => {
    expect(noticesOf('oauth.token_validation.user_access_token_validity = "25h"')).toEqual([expect.stringContaining('longer than 24 h')])
    expect(noticesOf('server.behind_tls_proxy = true')).toEqual([expect.stringContaining('issuer is not set')])
  })

  it('still refuses a misspelt key beside them', () => {
    expect(load('apim.oauth_config.enable_jwt_for_portal = true')).toMatchObject({
      problems: [{ key: 'apim.oauth_config.enable_jwt_for_portal', didYouMean: 'apim.oauth_config.enable_jwt_for_portals' }],
    })
  })
})
