import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Operations } from './commands/operations.js'
import { findConfiguration, getSettings } from './load-configuration.js'

const SAMPLE = 'sample'

/** Whether nothing has been configured and nothing stored yet. To be asked before the server starts. */
export function isFirstRun(configFile: string | undefined): boolean {
  if (findConfiguration(configFile) !== undefined) return false
  const { database } = getSettings(configFile)
  if (database.type !== 'sqlite') return false
  const folder = dirname(database.file)
  return !existsSync(folder) || readdirSync(folder).length === 0
}

/** Makes the application to try things with. @returns what to tell the person who started the server, with the secret this once. */
export async function welcome({ clients }: Pick<Operations, 'clients'>, url: string): Promise<string> {
  const { client, secret } = await clients.create({ name: SAMPLE })
  return `
Jeton serves at ${url}. Nothing was configured, so there is an application to try it with.
Its secret is shown this once:

  client_id      ${client.id}
  client_secret  ${secret}

Paste this into another terminal: a pair of tokens, introspected, refreshed, revoked, refused.

CLIENT='${client.id}:${secret}'
PAIR=$(curl -s -u "$CLIENT" -d grant_type=client_credentials ${url}/oauth2/token); echo "$PAIR"
ACCESS=$(echo "$PAIR" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
REFRESH=$(echo "$PAIR" | sed 's/.*"refresh_token":"\\([^"]*\\)".*/\\1/')
curl -s -u "$CLIENT" -d "token=$ACCESS" ${url}/oauth2/introspect; echo
curl -s -u "$CLIENT" -d grant_type=refresh_token -d "refresh_token=$REFRESH" ${url}/oauth2/token; echo
curl -s -u "$CLIENT" -d "token=$ACCESS" -o /dev/null -w 'revoked: %{http_code}\\n' ${url}/oauth2/revoke
curl -s -u "$CLIENT" -d "token=$ACCESS" ${url}/oauth2/introspect; echo

`
}

/** What to tell on later starts of the built-in default; undefined where there is nothing to tell. */
export async function welcomeBack({ clients }: Pick<Operations, 'clients'>, url: string): Promise<string> {
  const sample = (await clients.list()).find((client) => client.name === SAMPLE)
  const hint =
    sample === undefined ? '' : `The application "${SAMPLE}" is ${sample.id}; another secret: npx jeton apps regenerate-secret ${sample.id}\n`
  return `Jeton serves at ${url}.\n${hint}`
}
