import { optional } from '../kind.js'
import { duration, durationMs, durationWithUnit, oneOf, trueOrFalse, wholeNumber } from '../kinds.js'
import { cronExpression, timeZone } from '../schedule.js'
import { key } from './key.js'

export const LOG_KEYS = {
  level: key({
    path: 'log.level',
    kind: oneOf('debug', 'info', 'warn', 'error', 'silent'),
    byDefault: 'info',
    about: 'From which severity on events are logged.',
  }),
}

export const PURGE_KEYS = {
  every: key({
    path: 'purge.every',
    kind: duration('1s', '1d'),
    byDefault: '1m',
    about: 'How often what has expired is deleted.',
    notice: 'without effect, since purge.schedule says when',
  }),
  schedule: key({
    path: 'purge.schedule',
    kind: optional(cronExpression),
    defaultIs: 'none',
    about: 'When what has expired is deleted, in place of every: by one node, and not later to make up for a time when there was none.',
  }),
  timezone: key({
    path: 'purge.timezone',
    kind: timeZone,
    byDefault: 'UTC',
    about: 'The time zone of schedule.',
    notice: 'without effect, since there is no purge.schedule',
  }),
  batch: key({ path: 'purge.batch', kind: wholeNumber(1, 100_000), byDefault: 5000, about: 'The most rows that go in one transaction.' }),
  lockTime: key({
    path: 'purge.lock_time',
    kind: durationMs('1ms', '10s'),
    byDefault: '100ms',
    about: 'How long a transaction of a purge may hold its locks: batches grow and shrink towards it.',
  }),
  pause: key({ path: 'purge.pause', kind: durationMs('0ms', '10m'), byDefault: '0ms', about: 'What a purge waits for after each batch.' }),
  yields: key({
    path: 'purge.yield',
    kind: trueOrFalse,
    byDefault: true,
    about: 'Whether a purge gives way while others write to the database: small batches, and rests between them.',
  }),
  maxReplicationLag: key({
    path: 'purge.max_replication_lag',
    kind: optional(durationMs('1ms', '1h')),
    defaultIs: 'none: replicas are not asked',
    about: 'How far the slowest replica may be behind before a purge waits for it. PostgreSQL tells; elsewhere it has no effect.',
  }),
  safePeriod: key({
    path: 'purge.safe_period',
    kind: duration('1s', '30d'),
    byDefault: '2h',
    about: 'How long past its end a row of WSO2 is left alone; a row of Jeton says itself from when it may go.',
  }),
  replayMemory: key({
    path: 'purge.replay_memory',
    kind: duration('1h'),
    byDefault: '30d',
    about: 'How long a token of WSO2 stays that was refreshed and whose refresh token never ends: it is all that tells of a replay.',
  }),
  partitionSpan: key({
    path: 'purge.partition_span',
    kind: duration('1m', '30d'),
    byDefault: '1d',
    about: 'How much time a partition of the revocation log and of the audit covers at least, after `jeton migrate --partitioned`.',
  }),
}

export const CLEANUP_KEYS = {
  sessions: key({
    path: 'session_data.cleanup.enable_expired_data_cleanup',
    kind: trueOrFalse,
    byDefault: true,
    about: 'Whether expired sessions are deleted.',
  }),
  loggedOut: key({
    path: 'session_data.cleanup.clean_logged_out_sessions_at_immediate_cycle',
    kind: trueOrFalse,
    byDefault: true,
    about: 'Whether ended sessions go with the next cycle, without waiting for their expiry.',
  }),
  preSessions: key({
    path: 'session_data.cleanup.enable_pre_session_data_cleanup',
    kind: trueOrFalse,
    byDefault: true,
    about: 'Whether what an unfinished login left is deleted.',
  }),
  sessionsAfter: key({
    path: 'session_data.cleanup.expire_session_data_after',
    kind: durationWithUnit('1m'),
    byDefault: '14d',
    about: 'How old session data gets that does not name its own end; with `jeton purge sessions --session-time created`, all of it.',
  }),
  preSessionsAfter: key({
    path: 'session_data.cleanup.expire_pre_session_data_after',
    kind: durationWithUnit('1m'),
    byDefault: '40m',
    about: 'How old the data of an unfinished login gets.',
  }),
  sessionsEvery: key({
    path: 'session_data.cleanup.clean_expired_session_data_every',
    kind: durationWithUnit('1s'),
    byDefault: '1d',
    about: 'How often sessions are cleaned, by one node for all.',
  }),
  sessionsBatch: key({
    path: 'session_data.cleanup.clean_expired_session_data_in_chunks_of',
    kind: wholeNumber(1, 1_000_000),
    byDefault: 8192,
    about: 'The most rows of sessions that go in one transaction.',
  }),
}
