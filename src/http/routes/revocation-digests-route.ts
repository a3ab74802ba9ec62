import type { RequestHandler } from 'express'
import type { Feed } from '../../feed/create-feed.js'
import { formatDigests } from '../../verification/feed-message.js'

/** GET /revocations/digests: what the log adds up to, hour by hour. */
export function revocationDigestsRoute(feed: Pick<Feed, 'digests'>): RequestHandler {
  return (_request, response) => {
    response.set('Cache-Control', 'no-store').type('application/json').send(formatDigests(feed.digests()))
  }
}
