import { readScript, type ScriptEngine } from './sql-scripts.js'

const ENGINES: readonly ScriptEngine[] = ['postgresql', 'mysql', 'mssql', 'oracle', 'db2']
/** Those that nothing here can run: what can be said of their text is said. */
const UNTRIED: readonly ScriptEngine[] = ['mssql', 'oracle', 'db2']

const withoutComments = (script: string): string => script.replace(/^\s*--.*$/gm, '').replace(/\s-- .*$/gm, '')
/** What is neither comment nor text. */
const codeOf = (script: string): string => withoutComments(script).replace(/'(?:[^']|'')*'/g, "''")
const spaced = (text: string): string => text.replace(/\s+/g, ' ')
const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length

/** How many blocks begin. */
const BEGINNINGS: Readonly<Record<string, RegExp>> = {
  mssql: /\bBEGIN\b(?! TRANSACTION)|\bCASE\b/g,
  oracle: /\bBEGIN\b|\bCASE\b|(?<!END )\bIF\b|(?<!END )\bLOOP\b/g,
  db2: /\bBEGIN\b|\bCASE\b|(?<!END )\bIF\b|\bDO\b/g,
}

/** Of each rule the words in which every script has it; S and X are the row, in one way of writing or the other. */
const RULES: readonly (readonly [string, RegExp])[] = [
  ['a revoked token goes at once', /T\.TOKEN_STATE = 'REVOKED'/],
  [
    'a rotated token goes when its refresh token is over, or is forgotten',
    /T\.TOKEN_STATE = 'INACTIVE' AND COALESCE\(.{0,420}@?replay_memory \* 1000\) < @?now_ms\)/i,
  ],
  [
    'other tokens go when both halves are over for the safe period',
    /T\.TOKEN_STATE IN \('ACTIVE', 'EXPIRED'\) AND .{0,160}safe_ms < @?now_ms AND .{0,330}safe_ms < @?now_ms\)/i,
  ],
  ['what is not there is over', /T\.REFRESH_TOKEN IS NULL AND T\.REFRESH_TOKEN_HASH IS NULL THEN 0/],
  ['an access token below 0 or from for ever on has no end', /T\.VALIDITY_PERIOD >= 0 AND T\.VALIDITY_PERIOD < @?never THEN T\.VALIDITY_PERIOD END/i],
  [
    'so has a refresh token',
    /T\.REFRESH_TOKEN_VALIDITY_PERIOD >= 0 AND T\.REFRESH_TOKEN_VALIDITY_PERIOD < @?never THEN T\.REFRESH_TOKEN_VALIDITY_PERIOD END/i,
  ],
  [
    'a code stays while its token is there',
    /NOT EXISTS \(SELECT 1 FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T\.TOKEN_ID = C\.TOKEN_ID\)|JOIN IDN_OAUTH2_ACCESS_TOKEN T ON T\.TOKEN_ID = C\.TOKEN_ID/,
  ],
  [
    'a code goes when it is used or over',
    /C\.STATE <> 'ACTIVE' OR \(C\.STATE = 'ACTIVE' AND C\.VALIDITY_PERIOD >= 0 AND C\.VALIDITY_PERIOD < @?never AND .{0,90}C\.VALIDITY_PERIOD \+ @?safe_ms < @?now_ms\)/i,
  ],
  [
    'a session row is superseded by a later one of its id and type',
    /L\.SESSION_ID = ([SX])\.SESSION_ID AND L\.SESSION_TYPE = \1\.SESSION_TYPE AND L\.TIME_CREATED > \1\.TIME_CREATED/,
  ],
  ['a session row goes only when no other one lives', /O\.SESSION_ID = ([SX])\.SESSION_ID AND O\.SESSION_TYPE = \1\.SESSION_TYPE AND NOT \('/],
  ['what an unfinished login has left goes by its age', /\.TIME_CREATED < '.{0,60}pre_session_life \* 1000/i],
  ['a code of a device goes when it is over', /C\.STATUS = ''EXPIRED'' OR .{0,70}C\.EXPIRY_TIME/],
  [
    'a backchannel request goes when it is answered or over',
    /C\.AUTH_REQ_STATUS IN \(''EXPIRED'', ''TOKEN_ISSUED'', ''FAILED''\) OR \(?C\.EXPIRES_IN > 0 AND .{0,70}C\.ISSUED_TIME/,
  ],
  ['a pushed request goes when it is over', /C\.SCHEDULED_EXPIRY/],
  ['a mapping goes only without its session', /NOT EXISTS \(SELECT 1 FROM IDN_AUTH_SESSION_STORE S WHERE S\.SESSION_ID = X\.SESSION_ID\)/],
  ['a registry entry without a path stays', /REG_PATH IS NOT NULL/],
  ['a deletion stays in the registry longer than any time zone is wide', /\bregistry_grace\s[^;]*93600;/i],
  ['a registry entry that is a deletion goes later', /REG_ACTION = 7 AND .{0,60}REG_LOGGED_TIME\)? </],
  ['the safe period is two hours', /\bsafe_period\s[^;]*7200;/i],
  ['a replay is remembered for 30 days', /\breplay_memory\s[^;]*2592000;/i],
  ['a session without an end lives for 14 days', /\bsession_life\s[^;]*1209600;/i],
  ['and ends then', /COALESCE\((%%1\$s|X)\.EXPIRY_TIME, \1\.TIME_CREATED \+/],
  ['an unfinished login lives for 40 minutes', /\bpre_session_life\s[^;]*2400;/i],
  ['for ever begins where WSO2 says', /\bnever\s[^;]*99999999999990;/i],
  ...['SCOPE', 'BINDING', 'EXTENDED'].map(
    (related) => [`scopes and bindings go too: ${related}`, new RegExp(`JETON_SQL_TAKE[ (]N?'IDN_OAUTH2_(ACCESS_)?TOKEN_${related}'`)] as const,
  ),
  ...['IDN_AUTH_USER_SESSION_MAPPING', 'IDN_AUTH_SESSION_APP_INFO', 'IDN_AUTH_SESSION_META_DATA', 'IDN_FED_AUTH_SESSION_MAPPING'].map(
    (table) => [`mappings go too: ${table}`, new RegExp(table)] as const,
  ),
]

/** A time of the server's or the session's own zone. */
const LOCAL_TIMES = /\b(?:GETDATE|SYSDATETIME|SYSDATE|LOCALTIMESTAMP|LOCALTIME|CURDATE|CURTIME|CURRENT_TIMESTAMP|CURRENT_DATE)\b|\bnow\(/gi
const RESTRICTED: readonly (readonly [RegExp, RegExp])[] = [
  [/\bSYSTIMESTAMP\b/g, /SYS_EXTRACT_UTC\(SYSTIMESTAMP\)/g],
  [/\bCURRENT TIMESTAMP\b/g, /\bCURRENT TIMESTAMP - CURRENT TIMEZONE\b/g],
  [/\bclock_timestamp\(\)/g, /\bclock_timestamp\(\) AT TIME ZONE '+UTC'+|EXTRACT\(EPOCH FROM clock_timestamp\(\)\)/g],
]

const SLEEP = /\bpg_sleep\(pause\)|\bDO SLEEP\(|\bWAITFOR DELAY\b|\bDBMS_LOCK\.SLEEP\(/g

describe.each(ENGINES)('the script for %s', (engine) => {
  const script = readScript(engine)

  it.each(RULES)('says that %s', (_, words) => {
    // Not toMatch, which would print the whole script.
    expect(words.test(spaced(withoutComments(script)))).toBe(true)
  })

  it('knows no time but UTC', () => {
    const text = spaced(withoutComments(script))
    expect(text.match(LOCAL_TIMES)).toBeNull()
    for (const [time, allowed] of RESTRICTED) expect(count(text, time)).toBe(count(text, allowed))
  })

  it('waits only when it has committed what it has done', () => {
    const code = codeOf(script)
    const parts = code.split(SLEEP).slice(0, -1)
    expect(parts.length).toBeGreaterThan(4)
    for (const part of parts) {
      expect(part).toContain('COMMIT')
      expect(part.slice(part.lastIndexOf('COMMIT'))).not.toMatch(/\b(?:INSERT|DELETE|UPDATE|JETON_SQL_TAKE)\b/)
    }
  })

  it('closes what it opens', () => {
    const code = codeOf(script)
    expect(code).not.toContain("'''")
    expect(count(withoutComments(script), /'/g) % 2).toBe(0)
    expect(count(code, /\(/g)).toBe(count(code, /\)/g))
  })

  it('lets one run be at a time', () => {
    expect(script).toContain("'another run of JETON_PURGE_SQL is under way'")
    expect(script).toMatch(/pg_try_advisory_lock\(|GET_LOCK\(|sp_getapplock|DBMS_LOCK\.REQUEST\(/)
  })

  it('has a schedule', () => {
    expect(script).toMatch(/cron\.schedule\(|CREATE EVENT|sp_add_jobschedule|DBMS_SCHEDULER\.CREATE_JOB|ADMIN_TASK_ADD/)
  })
})

describe.each(UNTRIED)('the script for %s, which nothing here can run,', (engine) => {
  const script = readScript(engine)

  it('says so at its head', () => {
    expect(script.slice(0, 400)).toContain('NOT RUN')
  })

  it('ends as many blocks as it begins', () => {
    const code = spaced(codeOf(script))
    expect(count(code, BEGINNINGS[engine] ?? /$^/g)).toBe(count(code, /\bEND\b/g))
  })

  it('leaves to the next run what somebody else has locked', () => {
    expect(script).toMatch(/\(READPAST, UPDLOCK, ROWLOCK\)|SKIP LOCKED/)
  })
})

describe('the script for mssql', () => {
  it('uses no variable that it has not declared', () => {
    for (const batch of readScript('mssql').split(/^GO$/m)) {
      const code = withoutComments(batch)
      const head = code.slice(0, code.search(/\bAS\s+BEGIN\b/))
      const declared = [...`${head} ${[...code.matchAll(/\bDECLARE\b[^;]*;/g)].join(' ')}`.matchAll(/(?<!@)@\w+/g)].map(([name]) => name)
      const inTexts = [...code.matchAll(/(?:, |N')@(\w+) (?:INT|BIGINT|VARCHAR)|@(\w+) = @/g)].map((match) => `@${match[1] ?? match[2]}`)
      const ofSystem = [...code.matchAll(/sp_\w+\s[^;]*;/g)].flatMap(([call]) => [...call.matchAll(/@(\w+) = /g)].map((match) => `@${match[1]}`))
      const used = [...codeOf(batch).matchAll(/(?<!@)@\w+/g)].map(([name]) => name)
      expect(used.filter((name) => ![...declared, ...inTexts, ...ofSystem].includes(name))).toEqual([])
    }
  })
})
