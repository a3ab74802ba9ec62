import type { Endpoints } from './endpoints.js'
import type { GatewaySettings } from './gateway-settings.js'
import { formPost, requestObject } from './http-requests.js'

/** Asks the server whether a token is active (RFC 7662 §2). @throws ServerUnavailable */
export type Introspect = (token: string) => Promise<boolean>

export function createIntrospect(credentials: GatewaySettings['credentials'], endpoints: () => Promise<Endpoints>): Introspect {
  return async (token) => {
    const { introspection } = await endpoints()
    const answer = await requestObject(introspection, formPost({ token, token_type_hint: 'access_token' }, credentials))
    return answer.active === true
  }
}
