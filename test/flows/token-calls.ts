import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFormPost } from '../../src/main/demo/post-form.js'
import type { Credentials, JetonInProcess } from './jeton-in-process.js'

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface Pair {
  readonly access: string
  readonly refresh: string
}

/** What clients do, over one listening server, so that many requests can be under way at once. */
export interface TokenCalls {
  token(client: Credentials, form: Record<string, string>): Promise<Answer>
  /** By client_credentials, or with the password of a user. @throws Error when there is no pair. */
  issue(client: Credentials, user?: { readonly name: string; readonly password: string }, scope?: string): Promise<Pair>
  refresh(client: Credentials, refreshToken: string, more?: Record<string, string>): Promise<Answer>
  revoke(client: Credentials, token: string): Promise<Answer>
  isActive(client: Credentials, token: string, hint?: 'refresh_token'): Promise<boolean>
  userinfo(token: string): Promise<number>
  close(): Promise<void>
}

export async function serveTokens({ jeton }: Pick<JetonInProcess, 'jeton'>): Promise<TokenCalls> {
  // Longer than a busy machine stands still: a connection that is closed while it is used again would look like a failure.
  const server = createServer({ keepAliveTimeout: 120_000 }, jeton.app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const postForm = createFormPost()
  async function post(path: string, client: Credentials, form: Record<string, string>): Promise<Answer> {
    const isPublic = client.secret === ''
    const headers = isPublic ? undefined : { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` }
    const { status, text } = await postForm(`${url}${path}`, isPublic ? { ...form, client_id: client.id } : form, headers)
    return { status, body: text === '' ? {} : JSON.parse(text) }
  }

  const token = (client: Credentials, form: Record<string, string>): Promise<Answer> => post('/oauth2/token', client, form)
  return {
    token,
    async issue(client, user, scope) {
      const by = user === undefined ? { grant_type: 'client_credentials' } : { grant_type: 'password', username: user.name, password: user.password }
      return pairOf(await token(client, { ...by, ...(scope !== undefined && { scope }) }))
    },
    refresh: (client, refreshToken, more = {}) => token(client, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more }),
    revoke: (client, value) => post('/oauth2/revoke', client, { token: value }),
    async isActive(client, value, hint) {
      const { status, body } = await post('/oauth2/introspect', client, { token: value, ...(hint && { token_type_hint: hint }) })
      if (status !== 200) throw new Error(`introspection answered ${status}`)
      return body.active === true
    },
    userinfo: async (value) => (await fetch(`${url}/oauth2/userinfo`, { headers: { authorization: `Bearer ${value}` } })).status,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** @throws Error when there is no pair in the answer. */
export function pairOf({ status, body }: Answer): Pair {
  if (status !== 200) throw new Error(`no pair: ${status} ${JSON.stringify(body)}`)
  return { access: String(body.access_token), refresh: String(body.refresh_token) }
}

export const isInvalidGrant = ({ status, body }: Answer): boolean => status === 400 && body.error === 'invalid_grant'
