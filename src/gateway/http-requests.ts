/** The server did not answer as it should: away, overloaded, or unwilling. Never a verdict about a token. */
export class ServerUnavailable extends Error {
  override readonly name = 'ServerUnavailable'
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined

  constructor(message: string, options: { readonly status?: number; readonly cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.status = options.status
  }
}

/** After so long an answer does not come any more. */
export const TIMEOUT_MS = 5000

/**
 * Sends a request that follows no redirect, since it may carry a secret.
 * @throws ServerUnavailable when there is no answer, or none with status 200.
 */
export async function request(url: URL, init: RequestInit, signal: AbortSignal = AbortSignal.timeout(TIMEOUT_MS)): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'manual', signal }).catch((cause: unknown) => {
    throw new ServerUnavailable(`${url.origin}${url.pathname} does not answer`, { cause })
  })
  if (response.status === 200) return response
  await response.body?.cancel()
  throw new ServerUnavailable(`${url.origin}${url.pathname} answered ${response.status}`, { status: response.status })
}

/** Sends a request whose answer is a JSON object. @throws ServerUnavailable */
export async function requestObject(url: URL, init: RequestInit): Promise<Readonly<Record<string, unknown>>> {
  return readObject(url, await request(url, { ...init, headers: { accept: 'application/json', ...init.headers } }))
}

/** The JSON object that `url` answered with. @throws ServerUnavailable */
export async function readObject(url: URL, response: Response): Promise<Readonly<Record<string, unknown>>> {
  const value: unknown = await readJson(response).catch((cause: unknown) => {
    throw new ServerUnavailable(`${url.origin}${url.pathname} sent no JSON`, { cause })
  })
  if (typeof value !== 'object' || value === null) throw new ServerUnavailable(`${url.origin}${url.pathname} sent no JSON object`)
  return { ...value }
}

/** No key set, metadata or token answer is longer. */
const LONGEST_ANSWER = 1024 * 1024

async function readJson(response: Response): Promise<unknown> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    length += piece.length
    if (length > LONGEST_ANSWER) throw new TypeError('the answer is too long')
    pieces.push(piece)
  }
  return JSON.parse(Buffer.concat(pieces).toString())
}

export interface FormPost {
  readonly method: 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A POST of a form with `client_secret_basic` (RFC 6749 §2.3.1: both parts form-encoded first). */
export function formPost(
  parameters: Readonly<Record<string, string>>,
  client: { readonly clientId: string; readonly clientSecret: string },
): FormPost {
  const credentials = `${formEncode(client.clientId)}:${formEncode(client.clientSecret)}`
  return {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(parameters).toString(),
  }
}

const formEncode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
