import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** Shorter than a server keeps a connection on which nothing comes. */
const IDLE_MS = 2000

export interface FormAnswer {
  readonly status: number
  readonly text: string
}

export type PostForm = (url: string, form: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>) => Promise<FormAnswer>

/**
 * Posts forms over connections that it keeps: for requests by the thousand from a process whose processor others need, since
 * `fetch` takes 0.6 ms more of it for each.
 */
export function createFormPost(): PostForm {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY, timeout: IDLE_MS })
  return (url, form, headers = {}) => {
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
}
