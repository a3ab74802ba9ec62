import { type DestinationStream, destination as fileDestination, pino, stdTimeFunctions } from 'pino'
import { assertNever } from '../../model/assert-never.js'
import type { BusinessEvent } from '../../model/event.js'
import type { RevocationEntry } from '../../model/revocation-entry.js'
import type { EventSink } from '../../stores/event-sink.js'
import { describeCause } from './describe-cause.js'
import { redact } from './redact.js'

/** `error`: someone must act. `warn`: it healed itself, or looks suspicious. `info`: business. `debug`: every request. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

type Fields = Readonly<Record<string, unknown>>

export type NoteFields = Readonly<Record<string, string | number | boolean | undefined | Error>>

/** Takes one line, with its line break, at a time. */
export interface LogDestination {
  write(line: string): void
}

export interface EventLogSettings {
  /** The least that is written. */
  readonly level: LogLevel | 'silent'
  /** Standard error when absent. */
  readonly destination?: LogDestination
}

export interface EventLog {
  readonly sink: EventSink
  /** What is no business event: the life of the process itself. `event` in snake_case. */
  note(level: LogLevel, event: string, fields?: NoteFields): void
}

/** Writes one JSON object a line: `time` (RFC 3339, UTC), `level`, `pid`, `event`, then what belongs to the event. */
export function createEventLog({ level, destination }: EventLogSettings): EventLog {
  const logger = pino(
    { level, base: { pid: process.pid }, timestamp: stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    destination ?? standardError(),
  )
  const write = (at: LogLevel, event: string, fields: Fields): void => logger[at]({ event, ...fields })
  return {
    sink(event) {
      if (logger.isLevelEnabled(levelOf(event))) write(levelOf(event), event.type, fieldsOf(event))
    },
    note(at, event, fields = {}) {
      write(at, event, Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, safe(value)])))
    },
  }
}

/** Synchronous, so that the last line before an exit is not lost. */
function standardError(): DestinationStream {
  const stream = fileDestination({ fd: 2, sync: true })
  // A full disk or a reader that has gone away must not end the service, and there is no other place to say so.
  stream.on('error', () => undefined)
  return stream
}

function safe(value: NoteFields[string]): unknown {
  if (value instanceof Error) return describeCause(value)
  return typeof value === 'string' ? redact(value) : value
}

function levelOf(event: BusinessEvent): LogLevel {
  switch (event.type) {
    case 'refresh_ahead_of_database':
    case 'store_unavailable':
    case 'request_failed':
    case 'epoch_started':
    case 'wso2_event_set_aside':
    case 'wso2_event_untold':
    case 'wso2_events_expired':
      return 'error'
    case 'refresh_replayed':
    case 'store_answers_again':
      return 'warn'
    case 'authentication_failed':
      return event.limited ? 'warn' : 'debug'
    case 'revocation_limited':
      return event.isNews ? 'warn' : 'debug'
    case 'revoked':
    case 'key_rotated':
      return 'info'
    case 'purged':
      return event.deleted > 0 ? 'info' : 'debug'
    case 'tokens_issued':
    case 'token_refused':
    case 'purge_batch':
    case 'wso2_event_posted':
      return 'debug'
    default:
      return assertNever(event)
  }
}

function fieldsOf(event: BusinessEvent): Fields {
  switch (event.type) {
    case 'tokens_issued':
      return { client_id: event.clientId, grant_type: event.grantType }
    case 'token_refused':
      // A client may send its secret in the place of its id, and be refused for it.
      return { reason: redact(event.reason), client_id: event.clientId === undefined ? undefined : redact(event.clientId) }
    case 'authentication_failed':
      return { subject: event.subject, limited: event.limited }
    case 'refresh_replayed':
    case 'refresh_ahead_of_database':
      return { client_id: event.clientId, grant_id: event.grantId, generation: event.generation }
    case 'revoked':
      return { seq: event.entry.seq, kind: event.entry.kind, id: event.entry.id, cutoff: event.entry.cutoff, expires: event.entry.expires }
    case 'revocation_limited':
      return { client_id: event.clientId }
    case 'key_rotated':
      return { key_id: event.keyId, use: event.use }
    case 'epoch_started':
      return { epoch: event.epoch, lost: event.lost }
    case 'purged':
      return { target: event.target, deleted: event.deleted, seconds: event.seconds, lag: event.lag }
    case 'purge_batch':
      return { target: event.target, by_reason: event.byReason, limit: event.limit, lock_ms: event.lockMs }
    case 'store_unavailable':
      return { store: event.store, cause: describeCause(event.cause) }
    case 'store_answers_again':
      return { store: event.store }
    case 'wso2_event_posted':
      return { outcome: event.outcome }
    case 'wso2_event_set_aside':
      return { ...placeOf(event.entry), attempts: event.attempts, cause: describeCause(event.cause) }
    case 'wso2_event_untold':
      return { ...placeOf(event.entry), reason: event.reason }
    case 'wso2_events_expired':
      return { count: event.count }
    case 'request_failed':
      return { cause: describeCause(event.cause) }
    default:
      return assertNever(event)
  }
}

const placeOf = ({ seq, kind, id }: RevocationEntry): Fields => ({ seq, kind, id })
