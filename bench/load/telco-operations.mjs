import { grantIdAt, strideOver } from './grant-ids.mjs'
import { formRequest } from './http-connection.mjs'

const REVOKED = 255
const KEPT_TOKENS = 256

const form = (fields) => new URLSearchParams(fields).toString()
const ok = ({ status }) => (status === 200 ? 'ok' : `${status}`)

/** Each makes the next request of its kind, and knows what the answer has to be. */
export function createTelcoOperations({ port, mint, grants, credentials }) {
  const { count } = grants
  /** All that has to be known of a grant: the generation of its good refresh token. */
  const generations = new Uint8Array(count).fill(grants.generation)
  const stride = strideOver(count)
  const issued = []
  let lastIssued = 0
  let position = 0
  const post = (path, fields) => formRequest({ port, path, authorization: credentials.authorization, body: form(fields) })
  const refreshToken = (grant) => mint.refreshToken(grantIdAt(grant), generations[grant])

  function nextGrant() {
    do position = (position + stride) % count
    while (generations[position] === REVOKED)
    return position
  }

  function keep({ body }) {
    const token = /"access_token":"([^"]+)"/.exec(body)?.[1]
    if (token === undefined) return
    lastIssued = (lastIssued + 1) % KEPT_TOKENS
    issued[lastIssued] = token
  }

  const pairRequest = post('/oauth2/token', { grant_type: 'client_credentials', scope: 'read' })
  const { username, password } = credentials
  const passwordRequest = post('/oauth2/token', { grant_type: 'password', username, password, scope: 'read' })
  const judgePair = (response) => {
    keep(response)
    return ok(response)
  }
  return {
    pair: () => ({ request: pairRequest, judge: judgePair }),
    password: () => ({ request: passwordRequest, judge: judgePair }),
    refresh() {
      const grant = nextGrant()
      return {
        request: post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: refreshToken(grant) }),
        judge(response) {
          if (response.status === 200) generations[grant] += 1
          return ok(response)
        },
      }
    },
    introspect: () => ({
      request: post('/oauth2/introspect', { token: issued[Math.floor(Math.random() * issued.length)] ?? mint.accessToken() }),
      judge: (response) => (response.status === 200 && !response.body.includes('"active":true') ? 'inactive' : ok(response)),
    }),
    revoke() {
      // Far from what is being refreshed now.
      let grant = (position + Math.floor(count / 2)) % count
      while (generations[grant] === REVOKED) grant = (grant + 1) % count
      const request = post('/oauth2/revoke', { token: refreshToken(grant) })
      generations[grant] = REVOKED
      return { request, judge: ok }
    },
  }
}
