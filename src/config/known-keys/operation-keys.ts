import type { Kind } from '../kind.js'
import { duration, durationWithUnit, oneOf, trueOrFalse, wholeNumber } from '../kinds.js'
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
  every: key({ path: 'purge.every', kind: duration('1s', '1d'), byDefault: '1m', about: 'How often what has expired is deleted.' }),
  batch: key({ path: 'purge.batch', kind: wholeNumber(1, 100_000), byDefault: 1000, about: 'How many rows one statement deletes.' }),
}

const NOT_YET = 'read, and not in effect yet: it comes with a later release'

const cleanup = <Value>(path: string, kind: Kind<Value>, byDefault: unknown, about: string) => key({ path, kind, byDefault, about, notice: NOT_YET })

export const CLEANUP_KEYS = {
  sessions: cleanup('session_data.cleanup.enable_expired_data_cleanup', trueOrFalse, true, 'Whether expired sessions are deleted.'),
  loggedOut: cleanup(
    'session_data.cleanup.clean_logged_out_sessions_at_immediate_cycle',
    trueOrFalse,
    true,
    'Whether ended sessions go with the next cycle, without waiting for their expiry.',
  ),
  preSessions: cleanup(
    'session_data.cleanup.enable_pre_session_data_cleanup',
    trueOrFalse,
    true,
    'Whether what an unfinished login left is deleted.',
  ),
  sessionsAfter: cleanup('session_data.cleanup.expire_session_data_after', durationWithUnit('1m'), '14d', 'How old session data may get.'),
  sessionsEvery: cleanup('session_data.cleanup.clean_expired_session_data_every', durationWithUnit('1s'), '1d', 'How often it is cleaned.'),
  sessionsBatch: cleanup(
    'session_data.cleanup.clean_expired_session_data_in_chunks_of',
    wholeNumber(1, 1_000_000),
    8192,
    'How many rows one statement deletes.',
  ),
}
