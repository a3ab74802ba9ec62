import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccessTokenClaims } from '../model/claims.js'
import type { TokenVerifier } from './create-token-verifier.js'
import { createRequestJudge, type GuardOptions, type RefusedRequest } from './judge-request.js'

/** @returns the claims of the token where the request may pass; undefined where it has been answered. Rejects with what the verifier throws. */
export type NodeGuard = (request: IncomingMessage, response: ServerResponse) => Promise<AccessTokenClaims | undefined>

/** As `requireToken`, for `node:http` without a framework. @throws TypeError when an option is wrong. */
export function createNodeGuard(verifier: Pick<TokenVerifier, 'verify'>, options: GuardOptions = {}): NodeGuard {
  const judge = createRequestJudge(verifier, options)
  return async (request, response) => {
    const decision = await judge(request.headers.authorization)
    if (decision.passes) return decision.claims
    refuse(response, decision)
    return undefined
  }
}

/** Answers a request that may not pass. */
export function refuse(response: ServerResponse, { status, headers, error }: Pick<RefusedRequest, 'status' | 'headers' | 'error'>): void {
  const body = error === undefined ? '' : JSON.stringify({ error })
  response.writeHead(status, { ...headers, ...(body !== '' && { 'content-type': 'application/json' }), 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
