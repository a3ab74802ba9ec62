import type { ErrorRequestHandler } from 'express'
import { StoreUnavailable } from '../errors/operational-errors.js'
import type { EventSink } from '../stores/event-sink.js'
import { sendJson } from './answer.js'
import { oauthForm, type Refusal, type RefusalForm, refusalOf } from './refusal.js'

/** Turns what was thrown into an answer; whoever has to act on it hears of the cause, the caller does not. */
export function createErrorResponse(events: EventSink, form: RefusalForm = oauthForm): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error)
    const refusal = refusalOf(error)
    report(refusal, error, events)
    sendJson(response, form(refusal), refusal)
  }
}

function report({ code }: Refusal, error: unknown, events: EventSink): void {
  events({ type: 'token_refused', reason: code, clientId: undefined })
  if (code === 'server_error') events({ type: 'request_failed', cause: error })
  if (error instanceof StoreUnavailable) events({ type: 'store_unavailable', store: error.store, cause: error.cause })
}
