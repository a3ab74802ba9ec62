import { CommandRefused } from '../../errors/operational-errors.js'
import { grantId, keyId, tokenId } from '../../model/ids.js'
import { NEVER, type RevocationEntry } from '../../model/revocation-entry.js'
import { describeEntry } from '../../revocations/describe-entry.js'
import { looksLikeToken } from '../../revocations/request-revocation.js'
import { type Arguments, answer, type Command, type ExitCode, type Output, positional, UsageError } from './command.js'
import { formatFields, formatTime } from './format-table.js'
import type { Operations } from './operations.js'

type RevokeCommand = Command<Operations>

export const revokeToken: RevokeCommand = {
  summary: 'revoke an access token by its "jti", or any token by its value, read from standard input: revoke token -',
  positionals: ['JTI|-'],
  options: {},
  readsStdin: (given) => given.positionals[0] === '-',
  async run({ revoke, revokeToken: revokeByValue }, given, output) {
    const id = positional(given)
    if (id !== '-') {
      refuseTokenValue(id)
      return answerEntry(output, given, await revoke({ kind: 'token', id: parseId(tokenId, id), expiresAt: undefined }))
    }
    const token = (given.stdin ?? '').trim()
    if (token === '') throw new UsageError('there is no token on standard input')
    const entry = await revokeByValue(token)
    if (entry === undefined) throw new CommandRefused('not_found', 'that is no live token of this server; nothing is revoked')
    return answerEntry(output, given, entry)
  },
}

export const revokeGrant: RevokeCommand = {
  summary: 'revoke a grant: all its tokens, and their successors',
  positionals: ['GRANT_ID'],
  options: {},
  async run({ revoke }, given, output) {
    refuseTokenValue(positional(given))
    return answerEntry(output, given, await revoke({ kind: 'grant', id: parseId(grantId, positional(given)) }))
  },
}

export const revokeUser: RevokeCommand = {
  summary: 'revoke everything granted until now in the name of a user',
  positionals: ['NAME_OR_ID'],
  options: {},
  async run({ users, revoke }, given, output) {
    const { id } = await users.get(positional(given))
    return answerEntry(output, given, await revoke({ kind: 'subject', id, open: false }))
  },
}

export const revokeClient: RevokeCommand = {
  summary: 'revoke everything granted until now to an application',
  positionals: ['CLIENT_ID'],
  options: {},
  async run({ clients, revoke }, given, output) {
    const { id } = await clients.get(positional(given))
    return answerEntry(output, given, await revoke({ kind: 'client', id, open: false }))
  },
}

export const revokeKey: RevokeCommand = {
  summary: 'revoke every token that a key has signed; another key signs at once',
  positionals: ['KID'],
  options: {},
  run: async ({ keys }, given, output) => answerEntry(output, given, await keys.revoke(parseId(keyId, positional(given)))),
}

export const revokeAll: RevokeCommand = {
  summary: 'revoke everything granted until now',
  positionals: [],
  options: {},
  run: async ({ revoke }, given, output) => answerEntry(output, given, await revoke({ kind: 'all' })),
}

/** A token on the command line is in the history of the shell and in the list of processes. */
function refuseTokenValue(id: string): void {
  if (!looksLikeToken(id)) return
  throw new UsageError('this looks like a token, and secrets do not stand on the command line: "jeton revoke token -" reads it from standard input')
}

function parseId<Id>(parse: (value: string) => Id, value: string): Id {
  try {
    return parse(value)
  } catch (error) {
    throw new UsageError(error instanceof RangeError ? error.message : 'the id is not of a known form')
  }
}

function answerEntry(output: Output, given: Arguments, entry: RevocationEntry): ExitCode {
  const expires = entry.expires === NEVER ? 'never' : formatTime(entry.expires)
  const text = formatFields({ revoked: entry.kind, id: entry.id || undefined, seq: entry.seq, cutoff: formatTime(entry.cutoff), expires })
  return answer(output, given, { json: describeEntry(entry), text })
}
