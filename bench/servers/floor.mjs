// The least that a server can do which authenticates a client and answers with an ES256 access token and a second, MACed token.
import { createHash, createHmac, generateKeyPairSync, randomBytes, randomUUID, sign, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { CLIENT_ID, CLIENT_SECRET } from './credentials.mjs'

const HALF = 32
const LIFETIME = 3600
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const macKey = randomBytes(32)
const secretHash = createHash('sha256').update(CLIENT_SECRET).digest()
const accessHeader = encode({ alg: 'ES256', kid: 'floor', typ: 'at+jwt' })
const refreshHeader = encode({ alg: 'HS256', kid: 'ring', typ: 'rt+jwt' })
const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'floor', alg: 'ES256', use: 'sig' }] })

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** SEQUENCE { INTEGER r, INTEGER s } to r || s; on Node 24 the built-in `ieee-p1363` encoding costs as much again as the signature. */
function rawSignature(der) {
  const raw = Buffer.alloc(2 * HALF)
  let at = 2
  for (const end of [HALF, 2 * HALF]) {
    const length = der[at + 1]
    const from = at + 2 + Math.max(0, length - HALF)
    at += 2 + length
    der.copy(raw, end - (at - from), from, at)
  }
  return raw
}

function isClient(authorization) {
  if (authorization === undefined || !authorization.startsWith('Basic ')) return false
  const [id, secret] = Buffer.from(authorization.slice(6), 'base64').toString().split(':')
  return id === CLIENT_ID && timingSafeEqual(createHash('sha256').update(secret).digest(), secretHash)
}

function issuePair(issuer) {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer, sub: CLIENT_ID, aud: issuer, client_id: CLIENT_ID, exp: iat + LIFETIME, iat, jti: randomUUID(), scope: 'read' }
  const access = `${accessHeader}.${encode(claims)}`
  const refresh = `${refreshHeader}.${encode({ ...claims, jti: randomUUID(), token_type: 'refresh_token' })}`
  return JSON.stringify({
    access_token: `${access}.${rawSignature(sign('sha256', Buffer.from(access), privateKey)).toString('base64url')}`,
    token_type: 'Bearer',
    expires_in: LIFETIME,
    refresh_token: `${refresh}.${createHmac('sha256', macKey).update(refresh).digest('base64url')}`,
    scope: 'read',
  })
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', 'content-length': Buffer.byteLength(body) }).end(body)
}

const server = createServer((request, response) => {
  if (request.url === '/jwks') return answer(response, 200, jwks)
  let body = ''
  request.setEncoding('latin1').on('data', (text) => {
    body += text
  })
  request.on('end', () => {
    const granted = isClient(request.headers.authorization) && new URLSearchParams(body).get('grant_type') === 'client_credentials'
    if (granted) answer(response, 200, issuePair(`http://127.0.0.1:${server.address().port}`))
    else answer(response, 401, '{"error":"invalid_client"}')
  })
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.once('disconnect', () => process.exit())
