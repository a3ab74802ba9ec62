import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Starts the process that makes the load: the module `file` beside this one. `run` gives it a job and waits for its result;
 * what it says meanwhile goes to `onWord`.
 */
export function startLoadGenerator(file = 'load.mjs', onWord = () => undefined) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)))
  return {
    pid: child.pid,
    run: (job) =>
      new Promise((resolve, reject) => {
        const end = (settle, value) => {
          child.off('message', hear).off('exit', ended)
          settle(value)
        }
        const hear = (word) => {
          if (word.error !== undefined) end(reject, new Error(`load: ${word.error}`))
          else if (word.result !== undefined) end(resolve, word.result)
          else onWord(word)
        }
        const ended = () => end(reject, new Error('load: its process has ended'))
        child.on('message', hear).on('exit', ended)
        child.send(job)
      }),
    stop: () => child.kill(),
  }
}
