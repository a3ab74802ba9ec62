import request from 'supertest'
import type { Credentials, JetonInProcess } from './jeton-in-process.js'

export type ApiMethod = 'get' | 'post' | 'put' | 'delete'

/** Requests of one who shows a bearer token. */
export interface ApiCaller {
  readonly token: string
  /** `client_id` of whoever got the token. */
  readonly client: Credentials
  call(method: ApiMethod, path: string, body?: unknown): request.Test
}

/** A client that has these scopes, with a token that has them too. */
export async function callerWith(jeton: JetonInProcess, scopes: string): Promise<ApiCaller> {
  const client = await jeton.createClient({ scopes })
  const { body } = await jeton
    .post('/oauth2/token', { grant_type: 'client_credentials', ...(scopes !== '' && { scope: scopes }) }, client)
    .expect(200)
  return callerOf(jeton, client, body.access_token)
}

/** A user who has got a token with these scopes through a client of their own. */
export async function userWith(jeton: JetonInProcess, name: string, scopes: string): Promise<ApiCaller> {
  await jeton.jeton.operations.users.create(name, 'correct horse')
  const client = await jeton.createClient({ scopes, grantTypes: ['password'] })
  const form = { grant_type: 'password', username: name, password: 'correct horse', scope: scopes }
  return callerOf(jeton, client, (await jeton.post('/oauth2/token', form, client).expect(200)).body.access_token)
}

function callerOf({ jeton }: JetonInProcess, client: Credentials, token: string): ApiCaller {
  return {
    token,
    client,
    call(method, path, body) {
      const sent = request(jeton.app)[method](path).set('Authorization', `Bearer ${token}`)
      return body === undefined ? sent : sent.set('Content-Type', 'application/json').send(body as object)
    },
  }
}
