import { ReplyError } from 'ioredis'

/** What went wrong with Redis: message and code alone. The client's own error holds the command, and with it whatever was sent. */
export class RedisFailure extends Error {
  override readonly name = 'RedisFailure'
  readonly code: string | undefined
  /** Redis did answer, and refused. */
  readonly isRefusal: boolean

  constructor(thrown: unknown) {
    super(messageOf(thrown) ?? 'the connection was closed')
    this.code = textOf(thrown, 'code')
    this.isRefusal = thrown instanceof ReplyError
  }
}

/** A cluster says only that no node answered; why, says the error of the last one. */
function messageOf(thrown: unknown): string | undefined {
  const message = textOf(thrown, 'message')
  const last = isObject(thrown) ? textOf(thrown.lastNodeError, 'message') : undefined
  return last === undefined ? message : `${message}: ${last}`
}

function textOf(thrown: unknown, field: 'message' | 'code'): string | undefined {
  const text = isObject(thrown) ? thrown[field] : undefined
  return typeof text === 'string' ? text : undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null
