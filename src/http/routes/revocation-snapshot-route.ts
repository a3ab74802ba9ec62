import type { RequestHandler } from 'express'
import type { Feed } from '../../feed/create-feed.js'

const LINES = 'application/x-ndjson'
const FORMS = ['application/json', LINES]

/** GET /revocations/snapshot, as JSON or NDJSON (RFC 9110 §12.5.1), with validators (RFC 9110 §13.1.2). */
export function revocationSnapshotRoute(feed: Pick<Feed, 'snapshot'>): RequestHandler {
  return async (request, response) => {
    const form = request.accepts(FORMS)
    response.vary('Accept')
    if (form === false) return void response.status(406).json({ error: 'invalid_request', error_description: `there is ${FORMS.join(' and ')}` })
    const { tag, body, bytes } = await feed.snapshot(form === LINES ? 'lines' : 'json')
    response.set('ETag', tag)
    // May be kept, but has to be asked for each time: without this no validator would ever be sent.
    response.set('Cache-Control', 'private, no-cache')
    if (request.fresh) return void response.status(304).end()
    response.type(form).set('Content-Length', String(bytes))
    // RFC 9110 §9.3.2: HEAD has the head of GET.
    if (request.method !== 'HEAD') for (const piece of body) response.write(piece)
    response.end()
  }
}
