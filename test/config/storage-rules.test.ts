import { formatProblem } from '../../src/config/problems.js'
import { problemsOf, settingsOf } from './loading.js'

const KEY = `[keystore]\nencryption_key = "${'ab'.repeat(32)}"\n`
const told = (text: string): readonly string[] => problemsOf(text).map(({ line, key, message }) => `${line} ${key}: ${message}`)
const databaseOf = (lines: string) => settingsOf(`[database.identity_db]\n${lines}\n${KEY}`).database
const toldOfDatabase = (lines: string): readonly string[] => told(`[database.identity_db]\n${lines}\n${KEY}`)
const redisOf = (lines: string) => settingsOf(`[redis]\n${lines}\n`).redis

const POOL = { maxConnections: 10, maxWaitMs: 2000, parameters: {}, tls: undefined, allowPublicKeyRetrieval: false }

describe('a database server', () => {
  it('is described by its parts, with the port of its kind and a bounded pool by default', () => {
    expect(databaseOf('type = "postgre"\nname = "wso2"\nusername = "u"\npassword = ""')).toEqual({
      type: 'postgre',
      hostname: 'localhost',
      port: 5432,
      name: 'wso2',
      username: 'u',
      password: '',
      ...POOL,
    })
    expect(databaseOf('type = "mysql"\nhostname = "db"\nport = 1\nname = "wso2"\nusername = "u"')).toEqual({
      type: 'mysql',
      hostname: 'db',
      port: 1,
      name: 'wso2',
      username: 'u',
      password: '',
      ...POOL,
    })
    expect(databaseOf('type = "mysql"\nname = "x"\nusername = "u"')).toMatchObject({ port: 3306 })
  })

  it.each([
    ['postgre', 'postgresql://u:p%40%2Fw@h:1/d?sslmode=require', { hostname: 'h', port: 1, name: 'd', username: 'u', password: 'p@/w' }],
    ['postgre', 'postgres://u@[::1]/d', { hostname: '::1', port: 5432, name: 'd', username: 'u', password: '' }],
    ['mysql', 'mysql://u:@h/d', { hostname: 'h', port: 3306, name: 'd', username: 'u', password: '' }],
    ['mysql', 'mariadb://u@h/d', { hostname: 'h', port: 3306, name: 'd', username: 'u', password: '' }],
  ])('of type %s may be a URL: %s', (type, url, parts) => {
    expect(databaseOf(`type = "${type}"\nurl = "${url}"`)).toMatchObject({ type, ...parts })
  })

  it('keeps what stands behind the question mark', () => {
    expect(databaseOf('type = "postgre"\nurl = "postgres://u@h/d?sslmode=require"')).toMatchObject({ parameters: { sslmode: 'require' } })
  })

  it("takes user and password beside the URL, as WSO2's files have them", () => {
    const lines =
      'type = "mysql"\nurl = "mysql://h/d"\nusername = "u"\npassword = "p"\n[database.identity_db.pool_options]\nmaxActive = 50\nmaxWait = 60000'
    expect(databaseOf(lines)).toMatchObject({ hostname: 'h', username: 'u', password: 'p', maxConnections: 50, maxWaitMs: 60_000 })
  })

  it.each([
    ['postgre', 'mysql://h/d'],
    ['mysql', 'postgres://h/d'],
    ['mysql', 'mysql://h/d?ssl=true'],
    ['mysql', 'mysql://h'],
    ['mysql', 'mysql://h/'],
    ['mysql', 'mysql://h/a/b'],
    ['mysql', 'mysql://u:%zz@h/d'],
    ['postgre', 'postgres:///d'],
    ['postgre', 'h/d'],
  ])('of type %s does not take the URL %s', (type, url) => {
    expect(toldOfDatabase(`type = "${type}"\nurl = "${url}"`)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^3 database.identity_db.url: expected (postgresql|mysql)://HOST:PORT/NAME with type = "${type}"(, without parameters behind it)?$`,
        ),
      ),
    ])
  })

  it('says that a URL for Java is nearly one', () => {
    expect(toldOfDatabase('type = "mysql"\nurl = "jdbc:mysql://h/d"')).toEqual([
      '3 database.identity_db.url: expected mysql://HOST:PORT/NAME with type = "mysql", without "jdbc:" before it',
    ])
  })

  it.each([
    ['ssl_mode = "disable"', undefined],
    ['ssl_mode = "require"', { mode: 'require', caFile: undefined }],
    ['ssl_mode = "verify-ca"\nssl_ca_file = "tls/a.crt"', { mode: 'verify-ca', caFile: '/etc/jeton/tls/a.crt' }],
    ['ssl_mode = "verify-full"', { mode: 'verify-full', caFile: undefined }],
    ['ssl_mode = "verify-full"\nssl_ca_file = "/tls/a.key"', { mode: 'verify-full', caFile: '/tls/a.key' }],
  ])('is spoken to over TLS as %s says', (lines, tls) => {
    for (const type of ['mysql', 'postgre']) expect(databaseOf(`type = "${type}"\nname = "d"\nusername = "u"\n${lines}`)).toMatchObject({ type, tls })
  })

  it.each([
    ['ssl_mode = "prefer"', 'ssl_mode', /^expected "disable" or "require"/],
    ['ssl_mode = "verify-ca"', 'ssl_ca_file', /^missing: with ssl_mode = "verify-ca"/],
    ['ssl_mode = "require"\nssl_ca_file = "tls/a.crt"', 'ssl_ca_file', /^no effect with ssl_mode = "require"/],
    ['ssl_ca_file = "tls/a.crt"', 'ssl_ca_file', /^no effect with ssl_mode = "disable"/],
    ['ssl_mode = "verify-full"\nssl_ca_file = "tls/b.crt"', 'ssl_ca_file', /^the file cannot be read: there is no such file$/],
    ['allow_public_key_retrieval = true', 'allow_public_key_retrieval', /^no effect with type = "postgre"/],
  ])('is not spoken to as %s says', (lines, key, message) => {
    const problems = problemsOf(`[database.identity_db]\ntype = "postgre"\nurl = "postgres://u@h/d"\n${lines}\n${KEY}`)
    expect(problems).toMatchObject([{ key: `database.identity_db.${key}`, message: expect.stringMatching(message) }])
  })

  it('has its TLS in the URL or beside it', () => {
    const lines = 'type = "postgre"\nurl = "postgres://u@h/d?sslmode=verify-full"\nssl_mode = "require"'
    expect(toldOfDatabase(lines)).toEqual(['4 database.identity_db.ssl_mode: says again what url says: keep one of the two'])
  })

  it('of MySQL may be asked for its public key where the file says so', () => {
    expect(databaseOf('type = "mysql"\nurl = "mysql://u@h/d"\nallow_public_key_retrieval = true')).toMatchObject({ allowPublicKeyRetrieval: true })
  })

  it('is not said twice', () => {
    const lines = 'type = "mysql"\nurl = "mysql://u:p@h/d"\nhostname = "h"\nport = 1\nname = "d"\nusername = "u"\npassword = "p"'
    expect(problemsOf(`[database.identity_db]\n${lines}\n${KEY}`).map(({ key }) => key.split('.').at(-1))).toEqual([
      'hostname',
      'port',
      'name',
      'username',
      'password',
    ])
  })

  it('needs a database and a user, or a URL', () => {
    expect(toldOfDatabase('type = "postgre"')).toEqual([
      '1 database.identity_db.name: missing: type = "postgre" needs it, or a url',
      '1 database.identity_db.username: missing: type = "postgre" needs it, or a url',
    ])
  })

  it('needs a user in the URL or beside it', () => {
    expect(toldOfDatabase('type = "mysql"\nurl = "mysql://h/d"')).toEqual(['1 database.identity_db.username: missing: the url names no user'])
  })

  it('needs the key that all nodes share, and says how to make one', () => {
    const problems = problemsOf('[database.identity_db]\ntype = "mysql"\nurl = "mysql://u@h/d"\n')
    expect(problems.map(formatProblem)).toEqual([
      'deployment.toml:1: keystore.encryption_key: missing: with a database server all nodes need the same key; "openssl rand -hex 32" makes one',
    ])
  })

  it('names a misspelt option of the pool, and passes those of Java over', () => {
    expect(problemsOf('[database.identity_db.pool_options]\nmax_active = 1')).toMatchObject([
      { message: 'unknown key', didYouMean: 'database.identity_db.pool_options.maxActive' },
    ])
    expect(settingsOf('[database.identity_db.pool_options]\ntestOnBorrow = true\nmaxActive = 5').notices).toEqual([
      '[database.identity_db.pool_options] maxActive: no effect with type = "sqlite", which is a file.',
      '[database.identity_db.pool_options] testOnBorrow: known from WSO2 and not needed: nothing is read from it.',
    ])
  })

  it('is not noticed for keys that have an effect', () => {
    expect(settingsOf(`[database.identity_db]\ntype = "mysql"\nhostname = "h"\nname = "d"\nusername = "u"\npassword = ""\n${KEY}`).notices).toEqual(
      [],
    )
  })
})

describe('SQLite', () => {
  it('takes no URL', () => {
    expect(told('database.identity_db.url = "postgres://h/d"')).toEqual([
      '1 database.identity_db.url: a URL names a database server: set type = "postgre" or "mysql"; with type = "sqlite" the file is "name"',
    ])
  })

  it.each(['2', '"auto"'])('is not served by workers = %s', (workers) => {
    expect(told(`server.workers = ${workers}`)).toEqual([
      '1 server.workers: SQLite is served by one process: more workers need a database server (database.identity_db.type)',
    ])
  })
})

describe('workers', () => {
  it.each(['2', '"auto"'])('may be %s with a database server', (workers) => {
    const settings = settingsOf(`[server]\nworkers = ${workers}\n[database.identity_db]\ntype = "mysql"\nurl = "mysql://u@h/d"\n${KEY}`)
    expect(settings.server.workers).toBe(JSON.parse(workers))
  })

  it.each(['0', '1025', '1.5', '"all"'])('may not be %s', (workers) => {
    expect(problemsOf(`server.workers = ${workers}`)).toMatchObject([{ key: 'server.workers' }])
  })
})

describe('Redis', () => {
  const NO_SECRETS = { username: undefined, password: undefined, keyPrefix: 'jeton', caFile: undefined }

  it('is there only if the file says so', () => {
    expect(settingsOf('').redis).toBeUndefined()
  })

  it('is one server, one that sentinels know, or a cluster', () => {
    expect(redisOf('url = "rediss://:p@h:1/2"')).toEqual({ kind: 'single', url: 'rediss://:p@h:1/2', ...NO_SECRETS })
    expect(redisOf('sentinels = ["a:1", "[::1]:2"]\npassword = ""')).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
      ],
      name: 'mymaster',
      isTls: false,
      ...NO_SECRETS,
      password: '',
    })
    expect(redisOf('nodes = "a:1"\nkey_prefix = "x:y"')).toEqual({
      kind: 'cluster',
      nodes: [{ host: 'a', port: 1 }],
      isTls: false,
      ...NO_SECRETS,
      keyPrefix: 'x:y',
    })
  })

  it.each([
    'url = "http://h"',
    'url = "redis:///1"',
    'url = "redis://h/x"',
    'url = "redis://h?x=1"',
    'sentinels = []',
    'sentinels = ["a"]',
    'nodes = ["a:0"]',
    'nodes = ["a:65536"]',
    'nodes = [1]',
  ])('is not %s', (line) => {
    expect(told(`[redis]\n${line}`)).toHaveLength(1)
  })

  it('is in one place only, and what belongs to it does not stand alone', () => {
    expect(told('[redis]\nurl = "redis://h"\nnodes = "a:1"\nname = "m"')).toEqual([
      '3 redis.nodes: only one of url, sentinels and nodes can say where Redis is, and "redis.url" stands here too',
      '4 redis.name: the name is for sentinels; a number behind the url chooses a database',
    ])
    expect(told('[redis]\npassword = "p"')).toEqual(['2 redis.password: no effect without redis.url, redis.sentinels or redis.nodes'])
  })

  it('is spoken to over TLS where the url says rediss, else where the file says so, with signers of its own or not', () => {
    expect(redisOf('url = "rediss://h"\nca_file = "tls/a.crt"')).toMatchObject({ kind: 'single', caFile: '/etc/jeton/tls/a.crt' })
    expect(redisOf('sentinels = "a:1"\ntls = true\nca_file = "tls/a.crt"')).toMatchObject({ isTls: true, caFile: '/etc/jeton/tls/a.crt' })
    expect(redisOf('nodes = "a:1"\ntls = true')).toMatchObject({ isTls: true, caFile: undefined })
  })

  it.each([
    ['url = "rediss://h"\ntls = true', '3 redis.tls: is for sentinels and nodes: a url begins with rediss: for TLS'],
    ['url = "redis://h"\nca_file = "tls/a.crt"', '3 redis.ca_file: no effect without TLS: a url that begins with rediss:, or redis.tls = true'],
    ['nodes = "a:1"\nca_file = "tls/a.crt"', '3 redis.ca_file: no effect without TLS: a url that begins with rediss:, or redis.tls = true'],
    ['url = "rediss://h"\nca_file = "tls/b.crt"', '3 redis.ca_file: the file cannot be read: there is no such file'],
    ['tls = true', '2 redis.tls: no effect without redis.url, redis.sentinels or redis.nodes'],
  ])('is not spoken to as %s says', (lines, message) => {
    expect(told(`[redis]\n${lines}`)).toEqual([message])
  })

  it.each(['a b', '{a}', ''])('has keys that do not begin with "%s"', (prefix) => {
    expect(told(`[redis]\nurl = "redis://h"\nkey_prefix = "${prefix}"`)).toHaveLength(1)
  })
})
