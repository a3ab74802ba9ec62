import { redact } from './redact.js'

const LONGEST_MESSAGE = 500
const DEEPEST_CAUSE = 3
const MOST_FRAMES = 4

/** What the log says of an error. */
export interface CauseRecord {
  readonly name: string
  readonly message: string
  readonly code?: string
  /** Where it was thrown, innermost first: calls and places in the code, no values. */
  readonly at?: readonly string[]
  readonly cause?: CauseRecord
}

/** Name, message, code and place of an error and of what caused it, without anything secret. Never fails, whatever was thrown. */
export function describeCause(thrown: unknown, depth = 1): CauseRecord {
  if (!(thrown instanceof Error)) return { name: typeof thrown, message: typeof thrown === 'string' ? textOf(thrown) : '' }
  const code = codeOf(thrown)
  const at = framesOf(thrown)
  return {
    name: textOf(thrown.name),
    message: textOf(thrown.message),
    ...(code === undefined ? {} : { code }),
    ...(at.length === 0 ? {} : { at }),
    ...(thrown.cause === undefined || depth === DEEPEST_CAUSE ? {} : { cause: describeCause(thrown.cause, depth + 1) }),
  }
}

function textOf(text: unknown): string {
  return redact(String(text)).slice(0, LONGEST_MESSAGE)
}

function codeOf(error: Error): string | undefined {
  const code = (error as { readonly code?: unknown }).code
  return typeof code === 'string' || typeof code === 'number' ? textOf(code) : undefined
}

/** The stack begins with the message, which may hold several lines and the parameters of a statement: only the frames are taken. */
function framesOf(error: Error): readonly string[] {
  const { stack, message } = error
  if (typeof stack !== 'string') return []
  const end = stack.indexOf(message)
  return (end < 0 ? stack : stack.slice(end + message.length))
    .split('\n')
    .filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line))
    .slice(0, MOST_FRAMES)
    .map((line) => redact(line.trim().slice('at '.length)))
}
