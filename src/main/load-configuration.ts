import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readEnvironment } from '../config/environment.js'
import { loadSettings } from '../config/load-settings.js'
import { formatProblem, type Problem } from '../config/problems.js'
import type { Settings } from '../config/settings.js'
import { CommandRefused } from '../errors/operational-errors.js'

const DEFAULT_FILE = 'deployment.toml'

/** The file that counts: the one that was named, else `./deployment.toml` if it is there, else none. */
export function findConfiguration(named: string | undefined): string | undefined {
  return named ?? (existsSync(DEFAULT_FILE) ? resolve(DEFAULT_FILE) : undefined)
}

/** Everything that is wrong with the configuration that counts. */
export async function checkConfiguration(named: string | undefined): Promise<readonly Problem[]> {
  const loaded = loadSettings(findConfiguration(named), readEnvironment())
  return loaded.ok ? [] : loaded.problems
}

/** @throws CommandRefused `wrong_configuration`, with every problem on a line of its own after the first. */
export function getSettings(named: string | undefined): Settings {
  const loaded = loadSettings(findConfiguration(named), readEnvironment())
  if (!loaded.ok) throw new CommandRefused('wrong_configuration', ['the configuration is wrong', ...loaded.problems.map(formatProblem)].join('\n'))
  return loaded.settings
}
