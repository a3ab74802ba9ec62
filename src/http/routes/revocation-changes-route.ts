import { once } from 'node:events'
import type { Request, RequestHandler, Response } from 'express'
import { OAuthError } from '../../errors/oauth-error.js'
import type { Feed } from '../../feed/create-feed.js'
import type { StreamSink } from '../../feed/subscriber.js'
import { type Seconds, seconds } from '../../model/time.js'
import { formatChanges } from '../../verification/feed-message.js'
import { type FeedPosition, parsePosition } from '../../verification/feed-position.js'

/** GET /revocations/changes: a stream of events, or with `wait` one answer as soon as something came. */
export function revocationChangesRoute(feed: Pick<Feed, 'subscribe' | 'poll'>): RequestHandler {
  return async (request, response) => {
    const position = readPosition(request)
    const wait = readWait(request.query.wait)
    // A HEAD has no body that could go on.
    if (request.method === 'HEAD') return void response.end()
    const outcome = wait === undefined ? await stream(feed, position, response) : await poll(feed, { position, wait }, response)
    if (outcome === 'resync') response.status(410).json({ error: 'resync' })
  }
}

async function stream(feed: Pick<Feed, 'subscribe'>, position: FeedPosition, response: Response): Promise<'resync' | 'sent'> {
  const subscribed = await feed.subscribe(position, () => openStream(response))
  if (subscribed === 'resync') return 'resync'
  response.once('close', () => subscribed.leave())
  if (response.closed) subscribed.leave()
  return 'sent'
}

async function poll(
  feed: Pick<Feed, 'poll'>,
  { position, wait }: { readonly position: FeedPosition; readonly wait: Seconds },
  response: Response,
): Promise<'resync' | 'sent'> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const changes = await feed.poll(position, wait, gone.signal)
  if (changes === 'resync') return 'resync'
  response.type('application/json').send(formatChanges(changes))
  return 'sent'
}

/** Sends the head at once, so that the gateway knows that it is heard; X-Accel-Buffering keeps proxies from collecting events. */
function openStream(response: Response): StreamSink {
  response.setHeaders(new Headers({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' }))
  response.flushHeaders()
  return {
    write: (bytes) => void response.write(bytes),
    bufferedBytes: () => response.writableLength,
    async drained() {
      if (response.writableNeedDrain && !response.closed) await Promise.race([once(response, 'drain'), once(response, 'close')])
    },
    end: () => void response.end(),
    cut: () => void response.destroy(),
  }
}

/** `since`, or `Last-Event-ID` of an event source that comes back, which is newer. */
function readPosition(request: Request): FeedPosition {
  const text = request.get('Last-Event-ID') ?? request.query.since
  const position = typeof text === 'string' ? parsePosition(text) : undefined
  if (position === undefined) throw new OAuthError('invalid_request', 'since has to be <epoch>:<seq>')
  return position
}

function readWait(value: unknown): Seconds | undefined {
  if (value === undefined) return undefined
  const wait = typeof value === 'string' && /^[1-9]\d?$/.test(value) ? Number(value) : 0
  if (wait < 1 || wait > 30) throw new OAuthError('invalid_request', 'wait has to be 1 to 30 seconds')
  return seconds(wait)
}
