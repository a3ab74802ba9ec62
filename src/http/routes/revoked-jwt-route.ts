import type { Request, RequestHandler } from 'express'
import { OAuthError } from '../../errors/oauth-error.js'
import type { RevokedEvents } from '../../wso2/revoked-events.js'

const MOST_IN_PAGE = 100_000

/** GET /internal/data/v1/revokedjwt: what a gateway of WSO2's asks when it starts; a page of it where `limit` is given. */
export function revokedJwtRoute(revoked: RevokedEvents): RequestHandler {
  return async (request, response) => {
    const [limit, after] = [wholeNumber(request, 'limit', { from: 1, to: MOST_IN_PAGE }), wholeNumber(request, 'after', { from: 0 })]
    if (limit === undefined) {
      if (after !== undefined) throw new OAuthError('invalid_request', 'after goes with limit')
      const pieces = await revoked.whole()
      response.type('application/json').set('Content-Length', String(pieces.reduce((sum, piece) => sum + piece.length, 0)))
      // RFC 9110 §9.3.2: HEAD has the head of GET.
      if (request.method !== 'HEAD') for (const piece of pieces) response.write(piece)
      return void response.end()
    }
    const { body, next } = revoked.page(after ?? 0, limit)
    // RFC 8288 §3.
    if (next !== undefined) response.set('Link', `<${request.path}?limit=${limit}&after=${next}>; rel="next"`)
    response.type('application/json').send(body)
  }
}

function wholeNumber(
  { query }: Request,
  name: string,
  { from, to = Number.MAX_SAFE_INTEGER }: { readonly from: number; readonly to?: number },
): number | undefined {
  const given = query[name]
  if (given === undefined) return undefined
  const value = typeof given === 'string' && /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN
  if (!(value >= from && value <= to)) throw new OAuthError('invalid_request', `${name} is no whole number from ${from} to ${to}`)
  return value
}
