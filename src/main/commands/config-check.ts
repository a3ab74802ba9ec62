import { formatProblem, type Problem } from '../../config/problems.js'
import { answer, type Command } from './command.js'

/** Reads a configuration file, or the one that would be used, and reports everything that is wrong with it. */
export type CheckConfiguration = (file: string | undefined) => Promise<readonly Problem[]>

export interface ConfigCheckNeeds {
  readonly checkConfiguration: CheckConfiguration
  /** Of `--config`. */
  readonly configFile: string | undefined
}

export const configCheck: Command<ConfigCheckNeeds> = {
  summary: 'check a configuration file, and name everything that is wrong with it',
  positionals: ['[FILE]'],
  options: {},
  async run({ checkConfiguration, configFile }, given, output) {
    const problems = await checkConfiguration(given.positionals[0] ?? configFile)
    if (problems.length > 0 && !given.json) {
      output.stderr(`${problems.map(formatProblem).join('\n')}\n`)
      return 1
    }
    answer(output, given, { json: { ok: problems.length === 0, problems: problems.map(describeProblem) }, text: 'the configuration is good' })
    return problems.length === 0 ? 0 : 1
  },
}

function describeProblem({ file, line, key, message, didYouMean }: Problem) {
  return { file, line, key, message, ...(didYouMean !== undefined && { did_you_mean: didYouMean }) }
}
