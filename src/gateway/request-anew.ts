import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecurely } from 'node:https'
import { ServerUnavailable } from './http-requests.js'

export interface AnewRequest {
  readonly method?: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * Sends a request on a connection of its own, which is closed after it. `fetch` keeps connections, and whenever a request is given up opens another in its place:
 * in a partition those are lost too, and whoever asks again on one of them does not notice that it is over. Follows no redirect, since it may carry a secret.
 * @throws ServerUnavailable when there is no answer, or none with status 200.
 */
export async function requestAnew(url: URL, { method = 'GET', headers, body }: AnewRequest, signal: AbortSignal): Promise<Response> {
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestSecurely : requestPlain
    send(url, { method, headers, signal, agent: false }).once('response', resolve).once('error', reject).end(body)
  }).catch((cause: unknown) => {
    throw new ServerUnavailable(`${url.origin}${url.pathname} does not answer`, { cause })
  })
  const { statusCode: status } = message
  if (status !== 200) {
    message.destroy()
    throw new ServerUnavailable(`${url.origin}${url.pathname} answered ${status}`, status === undefined ? {} : { status })
  }
  return new Response(ReadableStream.from(readBytes(message, signal)), { status, headers: headersOf(message) })
}

/** Fails with what `signal` was aborted with, as `fetch` does. */
async function* readBytes(message: IncomingMessage, signal: AbortSignal): AsyncIterable<Uint8Array> {
  try {
    yield* message
  } catch (cause) {
    throw signal.aborted ? signal.reason : cause
  }
}

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(headersDistinct)) for (const value of values) headers.append(name, value)
  return headers
}
