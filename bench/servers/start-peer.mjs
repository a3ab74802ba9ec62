import { fork } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CLIENT_ID, CLIENT_SECRET } from './credentials.mjs'

const HERE = dirname(fileURLToPath(import.meta.url))

/** Starts one of the server files beside this one under `node`. */
export async function startPeer({ name, node, jwksPath, tokenPath, env = {} }) {
  // What a peer warns about on stdout must not mix with the report.
  const child = fork(join(HERE, `${name}.mjs`), {
    execPath: node,
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text
  })
  const first = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (first[0]?.port === undefined) throw new Error(`${name} did not start: ${complaint}`)
  const { port } = first[0]
  return {
    name,
    pid: child.pid,
    port,
    tokenPath,
    jwksUrl: `http://127.0.0.1:${port}${jwksPath}`,
    body: 'grant_type=client_credentials&scope=read',
    credentials: { id: CLIENT_ID, secret: CLIENT_SECRET },
    async stop() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
