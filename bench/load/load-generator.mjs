import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const LOAD = fileURLToPath(new URL('./load.mjs', import.meta.url))

/** Starts the process that makes the load. `run` loads a server with `request` until `count` or `seconds` are reached. */
export function startLoadGenerator() {
  const child = fork(LOAD)
  return {
    async run(job) {
      const answered = once(child, 'message')
      child.send(job)
      const [{ result, error }] = await answered
      if (error !== undefined) throw new Error(`load: ${error}`)
      return result
    },
    stop: () => child.kill(),
  }
}
