import { OAuthError } from '../errors/oauth-error.js'
import { CommandRefused, Overloaded, StoreUnavailable } from '../errors/operational-errors.js'
import { type ExitCode, type Output, UsageError } from './commands/command.js'
import { describeOutage } from './diagnose-outage.js'

export interface Failure {
  readonly exitCode: Exclude<ExitCode, 0>
  readonly code: string
  readonly message: string
}

/** Refusals of what stood on the command line, whatever the state of things. */
const BAD_ARGUMENTS: ReadonlySet<string> = new Set([
  'invalid_name',
  'invalid_token_type',
  'invalid_grant_types',
  'invalid_scopes',
  'invalid_audiences',
  'invalid_redirect_uris',
])

/** What the operator is told of an error. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof UsageError) return { exitCode: 2, code: 'usage', message: error.message }
  if (error instanceof CommandRefused) return { exitCode: BAD_ARGUMENTS.has(error.code) ? 2 : 1, code: error.code, message: error.message }
  if (error instanceof StoreUnavailable) return { exitCode: 3, code: 'store_unavailable', message: describeOutage(error) }
  if (error instanceof Overloaded) return { exitCode: 3, code: 'overloaded', message: error.message }
  if (error instanceof OAuthError) return { exitCode: 1, code: error.code, message: error.description }
  return { exitCode: 1, code: 'failed', message: error instanceof Error ? `${error.name}: ${error.message}` : 'an unknown error' }
}

export interface FailedCommand {
  readonly json: boolean
  /** Whose `--help` may show the way: the command, or the empty string. */
  readonly name: string
}

/** With `--json` the one document on standard output; bad usage also tells people where help is. */
export function reportFailure(error: unknown, { json, name }: FailedCommand, output: Output): ExitCode {
  const { exitCode, code, message } = describeFailure(error)
  if (json) output.stdout(`${JSON.stringify({ error: { code, message } })}\n`)
  if (!json || exitCode === 2) output.stderr(`jeton: ${message}\n`)
  if (exitCode === 2) output.stderr(`See "${['jeton', name, '--help'].filter(Boolean).join(' ')}".\n`)
  return exitCode
}
