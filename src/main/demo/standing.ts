import { type Answer, getWithToken, type Pair } from './oauth-client.js'
import type { Stage } from './stage.js'

/** What everybody who can be shown a token says to it. */
export interface Standing {
  readonly gateway: number
  readonly introspection: unknown
  readonly userinfo: number
}

export const GOOD: Standing = { gateway: 200, introspection: true, userinfo: 200 }
export const REFUSED: Standing = { gateway: 401, introspection: false, userinfo: 401 }

/** Shows an access token to all of them; the gateway has a moment to learn of what it should say. */
export async function standingOf({ gateway, shop, server }: Stage, { access }: Pair, expected: Standing): Promise<Standing> {
  return {
    gateway: await gateway.settled(access, expected.gateway),
    introspection: (await shop.introspect(access)).body.active,
    userinfo: (await getWithToken(`${server.url}/oauth2/userinfo`, access)).status,
  }
}

/** `a new pair`, or the error code. */
export function describeRefresh({ status, body }: Answer): string {
  return status === 200 && body.refresh_token !== undefined ? 'a new pair' : `${status} ${String(body.error)}`
}
