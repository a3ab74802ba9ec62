import { ReplyError } from 'ioredis'

/** What went wrong with Redis: message and code alone. The client's own error holds the command, and with it whatever was sent. */
export class RedisFailure extends Error {
  override readonly name = 'RedisFailure'
  readonly code: string | undefined
  /** Redis did answer, and refused. */
  readonly isRefusal: boolean

  constructor(thrown: unknown) {
    super(messageOf(thrown))
    this.code = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
    this.isRefusal = typeof ReplyError === 'function' && thrown instanceof ReplyError
  }
}

/** A cluster says only that no node answered; why, says the error of the last one. */
function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'the connection was closed'
  const last = 'lastNodeError' in thrown && thrown.lastNodeError instanceof Error ? `: ${thrown.lastNodeError.message}` : ''
  return `${thrown.message}${last}`
}
