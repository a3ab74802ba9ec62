import { parseImportedKeys } from '../../keys/imported-key.js'
import type { RotatingUse } from '../../keys/key-state.js'
import { keyId } from '../../model/ids.js'
import { type EpochSeconds, epochSeconds } from '../../model/time.js'
import { type Arguments, answer, type Command, type ExitCode, type Output, UsageError } from './command.js'
import { formatTable, formatTime } from './format-table.js'
import type { KeyListing, Operations } from './operations.js'

type KeysCommand = Command<Pick<Operations, 'keys'>>

const USES: readonly RotatingUse[] = ['access', 'refresh']

export const keysList: KeysCommand = {
  summary: 'list the keys that sign tokens',
  positionals: [],
  options: {},
  run: async ({ keys }, given, output) => answerKeys(output, given, await keys.list()),
}

export const keysRotate: KeysCommand = {
  summary: 'let the published key sign (an access key at once, a refresh key in a few seconds), and publish another',
  positionals: [],
  options: { use: { value: 'access|refresh', help: 'only this kind of key; else both' } },
  async run({ keys }, given, output) {
    const only = given.option('use')
    const uses = USES.filter((use) => only === undefined || use === only)
    if (uses.length === 0) throw new UsageError('--use is access or refresh')
    for (const use of uses) await keys.rotate(use)
    return answerKeys(output, given, await keys.list())
  },
}

export const keysRetire: KeysCommand = {
  summary: 'take a key that no longer signs out of the published set; without KID all that no live token needs',
  positionals: ['[KID]'],
  options: { force: { help: 'although tokens of the key may be alive: they are refused then' } },
  async run({ keys }, given, output) {
    const [id] = given.positionals
    if (id === '') throw new UsageError('KID is empty')
    if (id === undefined && given.has('force')) throw new UsageError('--force needs a KID')
    const retired = await keys.retire(id === undefined ? undefined : keyId(id), given.has('force'))
    const listing = (await keys.list()).filter((key) => retired.includes(key.keyId))
    return answerKeys(output, given, listing, 'no key is retired')
  },
}

const DATE = /^\d{4}-\d{2}-\d{2}$/

export const keysImport: KeysCommand = {
  summary: 'take in certificates or public keys of another server, to go on with its tokens; FILE is PEM, or a JSON Web Key Set',
  positionals: ['FILE'],
  options: {
    'verify-only': { isRequired: true, help: 'the keys never sign here; others are not taken' },
    kid: { value: 'KID', help: "what tokens call the key; else its own kid, or WSO2's name of the certificate" },
    until: { value: 'YYYY-MM-DD', help: 'until when they are published; else for the longest lifetime a token has' },
  },
  readsFile: (given) => given.positionals[0],
  async run({ keys }, given, output) {
    const imported = await keys.import(parseImportedKeys(given.stdin ?? '', given.option('kid')), parseUntil(given.option('until')))
    const listing = (await keys.list()).filter((key) => imported.includes(key.keyId))
    return answerKeys(output, given, listing)
  },
}

function parseUntil(date: string | undefined): EpochSeconds | undefined {
  if (date === undefined) return undefined
  const instant = DATE.test(date) ? Date.parse(`${date}T23:59:59Z`) : Number.NaN
  if (Number.isNaN(instant)) throw new UsageError('--until takes a date: YYYY-MM-DD')
  return epochSeconds(instant / 1000)
}

export const keysRewrap: KeysCommand = {
  summary: 'seal the stored keys with the encryption key that stands first in the configuration',
  positionals: [],
  options: {},
  async run({ keys }, given, output) {
    const rewrapped = await keys.rewrap()
    return answer(output, given, { json: { rewrapped }, text: `${rewrapped} keys are sealed anew` })
  },
}

const HEADINGS = ['kid', 'alg', 'use', 'state', 'created_at', 'signs_from', 'retires_at'] as const

export function formatKeys(keys: readonly KeyListing[], empty = 'no keys'): string {
  const rows = keys.map((key) => [key.keyId, key.algorithm, key.use, key.state, ...[key.createdAt, key.signsFrom, key.retiresAt].map(formatTime)])
  return formatTable(HEADINGS, rows, empty)
}

export function describeKey(key: KeyListing) {
  return {
    kid: key.keyId,
    alg: key.algorithm,
    use: key.use,
    state: key.state,
    created_at: key.createdAt,
    signs_from: key.signsFrom ?? null,
    retires_at: key.retiresAt ?? null,
  }
}

function answerKeys(output: Output, given: Arguments, keys: readonly KeyListing[], empty?: string): ExitCode {
  return answer(output, given, { json: { items: keys.map(describeKey) }, text: formatKeys(keys, empty) })
}
