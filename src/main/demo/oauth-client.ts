import { createFormPost, type FormAnswer } from './post-form.js'

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  /** The JSON document; empty where the body is none. */
  readonly body: Readonly<Record<string, unknown>>
}

/** A pair as RFC 6749 §5.1 gives it. */
export interface Pair {
  readonly access: string
  readonly refresh: string
}

/** A confidential client that authenticates with `client_secret_basic`. */
export interface OAuthClient {
  readonly id: string
  token(parameters: Readonly<Record<string, string>>): Promise<Answer>
  refresh(token: string): Promise<Answer>
  introspect(token: string, hint?: 'refresh_token'): Promise<Answer>
  revoke(token: string): Promise<Answer>
}

/** Speaks to the server at `url` as the client with this id and secret. */
export function createOAuthClient(url: string, { id, secret }: { readonly id: string; readonly secret: string }): OAuthClient {
  const authorization = `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`
  const postForm = createFormPost()
  const post = async (path: string, parameters: Readonly<Record<string, string>>): Promise<Answer> =>
    toAnswer(await postForm(`${url}${path}`, parameters, { authorization }))
  return {
    id,
    token: (parameters) => post('/oauth2/token', parameters),
    refresh: (token) => post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token }),
    introspect: (token, hint) => post('/oauth2/introspect', hint === undefined ? { token } : { token, token_type_hint: hint }),
    revoke: (token) => post('/oauth2/revoke', { token }),
  }
}

/** Asks for what a bearer token opens (RFC 6750 §2.1); without a token where there is none. */
export async function getWithToken(url: string, token?: string): Promise<Answer> {
  const response = await fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  return toAnswer({ status: response.status, text: await response.text() })
}

/** @throws Error where the answer is not a pair. */
export function pairOf({ status, body }: Answer): Pair {
  const { access_token: access, refresh_token: refresh } = body
  if (status !== 200 || typeof access !== 'string' || typeof refresh !== 'string') throw new Error(`no pair but ${status} ${describeError(body)}`)
  return { access, refresh }
}

// Of an answer that was not expected only the error is shown: whatever else stands in it may be a token.
function describeError({ error, error_description: description }: Answer['body']): string {
  return `${String(error ?? '')} ${String(description ?? '')}`.trim()
}

function toAnswer({ status, text }: FormAnswer): Answer {
  try {
    return { status, body: JSON.parse(text) as Record<string, unknown> }
  } catch {
    return { status, body: {} }
  }
}
