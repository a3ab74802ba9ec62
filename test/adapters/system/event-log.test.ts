import { spawnSync } from 'node:child_process'
import { createEventLog, type LogLevel } from '../../../src/adapters/system/event-log.js'
import type { BusinessEvent } from '../../../src/model/event.js'
import { clientId, grantId, keyId } from '../../../src/model/ids.js'
import { epochSeconds } from '../../../src/model/time.js'

const client = clientId('web')
const grant = grantId('g1')
const entry = { seq: 7, kind: 'grant', id: 'g1', cutoff: undefined, expires: epochSeconds(1_763_693_600) } as const

const EVENTS: readonly (readonly [BusinessEvent, LogLevel, object])[] = [
  [
    { type: 'refresh_ahead_of_database', clientId: client, grantId: grant, generation: 3 },
    'error',
    { client_id: 'web', grant_id: 'g1', generation: 3 },
  ],
  [
    { type: 'store_unavailable', store: 'database', cause: new Error('gone') },
    'error',
    { store: 'database', cause: { name: 'Error', message: 'gone' } },
  ],
  [{ type: 'request_failed', cause: new TypeError('oops') }, 'error', { cause: { name: 'TypeError', message: 'oops' } }],
  [{ type: 'epoch_started', epoch: '17', lost: 2 }, 'error', { epoch: '17', lost: 2 }],
  [
    { type: 'wso2_event_set_aside', entry, attempts: 5, cause: new Error('https://apim/notify answered 400') },
    'error',
    { seq: 7, kind: 'grant', id: 'g1', attempts: 5, cause: { message: 'https://apim/notify answered 400' } },
  ],
  [{ type: 'wso2_event_untold', entry, reason: 'owner_unknown' }, 'error', { seq: 7, kind: 'grant', id: 'g1', reason: 'owner_unknown' }],
  [{ type: 'wso2_events_expired', count: 3 }, 'error', { count: 3 }],
  [{ type: 'refresh_replayed', clientId: client, grantId: grant, generation: 3 }, 'warn', { client_id: 'web', grant_id: 'g1', generation: 3 }],
  [{ type: 'authentication_failed', subject: 'user', limited: true }, 'warn', { subject: 'user', limited: true }],
  [{ type: 'revocation_limited', clientId: client, isNews: true }, 'warn', { client_id: 'web' }],
  [{ type: 'store_answers_again', store: 'database' }, 'warn', { store: 'database' }],
  [{ type: 'revoked', entry }, 'info', { seq: 7, kind: 'grant', id: 'g1', expires: 1_763_693_600 }],
  [{ type: 'key_rotated', keyId: keyId('k1'), use: 'access' }, 'info', { key_id: 'k1', use: 'access' }],
  [{ type: 'purged', target: 'grants', deleted: 5, seconds: 2, lag: 0 }, 'info', { target: 'grants', deleted: 5, seconds: 2, lag: 0 }],
  [{ type: 'purged', target: 'grants', deleted: 0, seconds: 2, lag: undefined }, 'debug', { target: 'grants', deleted: 0, seconds: 2 }],
  [
    { type: 'purge_batch', target: 'grants', byReason: { expired: 5 }, limit: 10, lockMs: 7 },
    'debug',
    { target: 'grants', by_reason: { expired: 5 }, limit: 10, lock_ms: 7 },
  ],
  [{ type: 'wso2_event_posted', outcome: 'taken' }, 'debug', { outcome: 'taken' }],
  [{ type: 'tokens_issued', clientId: client, grantType: 'password' }, 'debug', { client_id: 'web', grant_type: 'password' }],
  [{ type: 'token_refused', reason: 'invalid_grant', clientId: client }, 'debug', { reason: 'invalid_grant', client_id: 'web' }],
  [{ type: 'revocation_limited', clientId: client, isNews: false }, 'debug', { client_id: 'web' }],
  [{ type: 'authentication_failed', subject: 'client', limited: false }, 'debug', { subject: 'client', limited: false }],
]

function recorder(level: LogLevel) {
  const lines: string[] = []
  return { lines, log: createEventLog({ level, destination: { write: (line) => void lines.push(line) } }) }
}

describe('the event log', () => {
  it.each(EVENTS.map(([event, level, fields]) => ({ type: event.type, event, level, fields })))(
    'writes $type as $level',
    ({ event, level, fields }) => {
      const { lines, log } = recorder('debug')
      log.sink(event)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatch(/^[^\n]+\n$/)
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level, event: event.type, ...fields })
    },
  )

  it('has the same keys at the head of every line, the time in UTC', () => {
    const { lines, log } = recorder('debug')
    for (const [event] of EVENTS) log.sink(event)
    for (const line of lines) {
      expect(Object.keys(JSON.parse(line) as object).slice(0, 4)).toEqual(['level', 'time', 'pid', 'event'])
      expect((JSON.parse(line) as { time: string }).time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    }
  })

  it.each([
    ['error', 7],
    ['warn', 11],
    ['info', 14],
    ['debug', 21],
  ] as const)('writes at level %s what is at least as grave', (level, count) => {
    const { lines, log } = recorder(level)
    for (const [event] of EVENTS) log.sink(event)
    expect(lines).toHaveLength(count)
  })

  it('writes no secret that stands in a cause, or in the place of a client id', () => {
    const { lines, log } = recorder('debug')
    const secret = 'Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmE'
    log.sink({ type: 'request_failed', cause: new Error(`INSERT … VALUES ('${secret}') password=hunter2`) })
    log.sink({ type: 'token_refused', reason: 'invalid_client', clientId: clientId(secret) })
    expect(lines.join('')).not.toContain(secret)
    expect(lines.join('')).not.toContain('hunter2')
  })

  it('notes what happens to the process itself, without secrets', () => {
    const { lines, log } = recorder('info')
    log.note('info', 'started', { url: 'http://127.0.0.1:9763', redis: 'redis://:hunter2@cache', cause: new Error('token=hunter2') })
    log.note('debug', 'looked')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', event: 'started', url: 'http://127.0.0.1:9763' })
    expect(lines[0]).not.toContain('hunter2')
  })

  it('writes to standard error and loses nothing at a sudden exit', () => {
    const program = `import { createEventLog } from './src/adapters/system/event-log.ts'
      const log = createEventLog({ level: 'info' })
      for (let n = 0; n < 1000; n += 1) log.sink({ type: 'purged', target: 'grants', deleted: n + 1, seconds: 0, lag: 0 })
      process.exit(0)`
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(stderr.trimEnd().split('\n')).toHaveLength(1000)
    expect(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ event: 'purged', deleted: 1000 })
  }, 30_000)

  it('does not end the process when nobody reads standard error', () => {
    const program = `import { createEventLog } from './src/adapters/system/event-log.ts'
      import { closeSync } from 'node:fs'
      const log = createEventLog({ level: 'info' })
      closeSync(2)
      for (let n = 0; n < 10; n += 1) log.sink({ type: 'purged', target: 'grants', deleted: n + 1, seconds: 0, lag: 0 })
      setImmediate(() => console.log('alive'))`
    const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { encoding: 'utf8' })
    expect({ stdout, status }).toEqual({ stdout: 'alive\n', status: 0 })
  }, 30_000)
})
