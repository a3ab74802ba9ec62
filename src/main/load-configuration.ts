import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readEnvironment } from '../config/environment.js'
import { loadSettings } from '../config/load-settings.js'
import { formatProblem, type Problem } from '../config/problems.js'
import type { Settings } from '../config/settings.js'
import { CommandRefused } from '../errors/operational-errors.js'
import { loadOwnIssuer } from './load-own-issuer.js'
import type { OwnIssuer } from './resources.js'

const DEFAULT_FILE = 'deployment.toml'

/** The file that counts: the one that was named, else `./deployment.toml` if it is there, else none. */
export function findConfiguration(named: string | undefined): string | undefined {
  return named ?? (existsSync(DEFAULT_FILE) ? resolve(DEFAULT_FILE) : undefined)
}

/** Everything that is wrong with the configuration that counts, and with the module that it names. */
export async function checkConfiguration(named: string | undefined): Promise<readonly Problem[]> {
  const loaded = loadSettings(findConfiguration(named), readEnvironment())
  if (!loaded.ok) return loaded.problems
  const { ownIssuer } = loaded.settings.oauth
  const module = ownIssuer === undefined ? undefined : await loadOwnIssuer(ownIssuer)
  return module === undefined || module.ok ? [] : [module.problem]
}

/** @throws CommandRefused `wrong_configuration`, with every problem on a line of its own after the first. */
export function getSettings(named: string | undefined): Settings {
  const loaded = loadSettings(findConfiguration(named), readEnvironment())
  if (!loaded.ok) throw wrongConfiguration(loaded.problems)
  return loaded.settings
}

/** The operator's own issuer, for whoever issues tokens; undefined where there is none. @throws CommandRefused `wrong_configuration` */
export async function getOwnIssuer({ oauth: { ownIssuer } }: Settings): Promise<OwnIssuer | undefined> {
  if (ownIssuer === undefined) return undefined
  const loaded = await loadOwnIssuer(ownIssuer)
  if (!loaded.ok) throw wrongConfiguration([loaded.problem])
  return loaded.ownIssuer
}

/** Names every problem. */
export function wrongConfiguration(problems: readonly Problem[]): CommandRefused {
  return new CommandRefused('wrong_configuration', ['the configuration is wrong', ...problems.map(formatProblem)].join('\n'))
}
