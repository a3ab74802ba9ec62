import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** Shorter than a server keeps a connection on which nothing comes. */
const IDLE_MS = 2000
const agent = new Agent({ keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY, timeout: IDLE_MS })

export interface FormAnswer {
  readonly status: number
  readonly text: string
}

/** For requests by the thousand from a process whose processor others need: `fetch` takes 0.6 ms more of it for each. */
export function postForm(url: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<FormAnswer> {
  const body = new URLSearchParams(form).toString()
  const all = { ...headers, 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', agent, headers: all }, (response) => {
      text(response).then((read) => resolve({ status: response.statusCode ?? 0, text: read }), reject)
    })
      .on('error', reject)
      .end(body)
  })
}
