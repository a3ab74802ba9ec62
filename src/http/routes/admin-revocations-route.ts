import type { RequestHandler } from 'express'
import { OAuthError } from '../../errors/oauth-error.js'
import { describeEntry } from '../../revocations/describe-entry.js'
import type { RequestRevocation } from '../../revocations/request-revocation.js'
import { sendJson } from '../answer.js'
import { jsonOf } from '../json-body.js'

/** POST /admin/v1/revocations: 200 means that it is durable. */
export function adminRevocationsRoute(requestRevocation: RequestRevocation): RequestHandler {
  return async (_request, response) => {
    const body = jsonOf(response)
    const [kind, id] = [body.text('kind'), body.text('id')]
    if (kind === undefined) throw new OAuthError('invalid_request', 'kind is missing')
    sendJson(response, describeEntry(await requestRevocation({ kind, id })))
  }
}
