import { connect } from 'node:net'

/** One line of commands to HAProxy's runtime socket. @returns what it answered. @throws Error when it does not answer. */
export type AskHaproxy = (commands: string) => Promise<string>

const PATIENCE_MS = 5000

/**
 * A connection for each line, as the socket serves them best: after a reload the next line reaches the new process, while
 * the old one may live on for a long time.
 */
export function createHaproxySocket(path: string): AskHaproxy {
  return (commands) =>
    new Promise((resolve, reject) => {
      let answer = ''
      const socket = connect(path, () => socket.write(`${commands}\n`))
      const fail = (problem: string): void => {
        socket.destroy()
        reject(new Error(problem))
      }
      socket.setEncoding('utf8')
      socket.setTimeout(PATIENCE_MS, () => fail('no answer'))
      socket.on('data', (text: string) => {
        answer += text
      })
      socket.on('end', () => resolve(answer))
      socket.on('error', (error) => fail(error.message))
    })
}
