import { createRemoteJWKSet, jwtVerify } from 'jose'

/**
 * Asks the server for one token as the load does, and verifies its signature with the keys that the server publishes.
 * What is fast and wrong is not measured.
 */
export async function checkAnswer({ name, port, tokenPath, jwksUrl, body, credentials }, { pair }) {
  const response = await fetch(`http://127.0.0.1:${port}${tokenPath}`, {
    method: 'POST',
    headers: { authorization: basic(credentials), 'content-type': 'application/x-www-form-urlencoded' },
    body,
  })
  if (response.status !== 200) throw new Error(`${name} answers ${response.status}: ${await response.text()}`)
  const answer = await response.json()
  const { protectedHeader, payload } = await jwtVerify(answer.access_token, createRemoteJWKSet(new URL(jwksUrl)), { algorithms: ['ES256'] })
  if (protectedHeader.typ !== 'at+jwt') throw new Error(`${name} issues "${protectedHeader.typ}" instead of at+jwt (RFC 9068 §2.1)`)
  if (payload.scope !== 'read') throw new Error(`${name} grants the scope "${payload.scope}" instead of "read"`)
  if ((answer.refresh_token !== undefined) !== pair) throw new Error(`${name} issues ${pair ? 'no' : 'a'} refresh token`)
}

export function basic({ id, secret }) {
  return `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`
}
