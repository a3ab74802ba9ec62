import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const MODULE = pathToFileURL(join(process.cwd(), 'dist/main/give-way.js')).href

/** The priority of a process that was started with these words. */
function priorityOf(...words: string[]): number {
  const script = `import { giveWay } from ${JSON.stringify(MODULE)}; import { getPriority } from 'node:os'; giveWay(${JSON.stringify(words)}); console.log(getPriority())`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script]))
}

describe('the priority of the command', () => {
  it('is lower for a purge, unless that is told not to give way, and for nothing else', () => {
    const own = priorityOf('node', 'jeton', 'serve')
    expect(priorityOf('node', 'jeton', 'purge', 'tokens')).toBeGreaterThan(own)
    expect(priorityOf('node', 'jeton', 'purge', 'tokens', '--no-yield')).toBe(own)
  })
})
