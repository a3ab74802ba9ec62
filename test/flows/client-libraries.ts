import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

export type Authentication = 'client_secret_basic' | 'client_secret_post' | 'none'

export interface LibraryClient {
  readonly id: string
  /** Empty: a public client. */
  readonly secret: string
  readonly authentication: Authentication
}

export interface Tokens {
  readonly access: string
  readonly refresh: string | undefined
  readonly type: string
  readonly expiresIn: number | undefined
  readonly scope: string | undefined
}

/** What a refusal has become in the hands of the library. */
export interface Refusal {
  readonly status: number
  /** `error` of RFC 6749 §5.2, or of RFC 6750 §3.1. */
  readonly code: string | undefined
  /** Of `WWW-Authenticate`. */
  readonly scheme: string | undefined
}

/** A client as an application has one, made by a library that nobody has told anything but the issuer. */
export interface OAuthLibrary {
  readonly metadata: Readonly<Record<string, unknown>>
  clientCredentials(parameters: Record<string, string>): Promise<Tokens>
  password(parameters: Record<string, string>): Promise<Tokens>
  refresh(token: string, parameters?: Record<string, string>): Promise<Tokens>
  introspect(token: string, parameters?: Record<string, string>): Promise<Readonly<Record<string, unknown>>>
  revoke(token: string, parameters?: Record<string, string>): Promise<void>
  userinfo(token: string, subject: string): Promise<Readonly<Record<string, unknown>>>
}

export type DiscoverLibrary = (issuer: string, client: LibraryClient, form?: 'oauth2' | 'oidc') => Promise<OAuthLibrary>

const AUTHENTICATION = {
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
  none: oauth.None,
} as const

function tokensOf(answer: oauth.TokenEndpointResponse): Tokens {
  const { access_token: access, refresh_token: refresh, token_type: type, expires_in: expiresIn, scope } = answer
  return { access, refresh, type, expiresIn, scope }
}

/** https://github.com/panva/openid-client */
export const discoverOpenidClient: DiscoverLibrary = async (issuer, { id, secret, authentication }, algorithm = 'oauth2') => {
  const config = await openid.discovery(new URL(issuer), id, undefined, AUTHENTICATION[authentication](secret), {
    algorithm,
    execute: [openid.allowInsecureRequests],
  })
  return {
    metadata: { ...config.serverMetadata() },
    clientCredentials: async (parameters) => tokensOf(await openid.clientCredentialsGrant(config, parameters)),
    password: async (parameters) => tokensOf(await openid.genericGrantRequest(config, 'password', parameters)),
    refresh: async (token, parameters) => tokensOf(await openid.refreshTokenGrant(config, token, parameters)),
    introspect: async (token, parameters) => ({ ...(await openid.tokenIntrospection(config, token, parameters)) }),
    revoke: (token, parameters) => openid.tokenRevocation(config, token, parameters),
    userinfo: async (token, subject) => ({ ...(await openid.fetchUserInfo(config, token, subject)) }),
  }
}

/** https://github.com/panva/oauth4webapi */
export const discoverOauth4webapi: DiscoverLibrary = async (issuer, { id, secret, authentication }, algorithm = 'oauth2') => {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const url = new URL(issuer)
  const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm, ...insecure }))
  const client: oauth.Client = { client_id: id }
  const proof = AUTHENTICATION[authentication](secret)
  const more = (additionalParameters: Record<string, string> = {}) => ({ additionalParameters, ...insecure })
  return {
    metadata: { ...server },
    async clientCredentials(parameters) {
      const answer = await oauth.clientCredentialsGrantRequest(server, client, proof, parameters, insecure)
      return tokensOf(await oauth.processClientCredentialsResponse(server, client, answer))
    },
    async password(parameters) {
      const answer = await oauth.genericTokenEndpointRequest(server, client, proof, 'password', parameters, insecure)
      return tokensOf(await oauth.processGenericTokenEndpointResponse(server, client, answer))
    },
    async refresh(token, parameters) {
      const answer = await oauth.refreshTokenGrantRequest(server, client, proof, token, more(parameters))
      return tokensOf(await oauth.processRefreshTokenResponse(server, client, answer))
    },
    async introspect(token, parameters) {
      const answer = await oauth.introspectionRequest(server, client, proof, token, more(parameters))
      return { ...(await oauth.processIntrospectionResponse(server, client, answer)) }
    },
    revoke: async (token, parameters) =>
      oauth.processRevocationResponse(await oauth.revocationRequest(server, client, proof, token, more(parameters))),
    async userinfo(token, subject) {
      const answer = await oauth.userInfoRequest(server, client, token, insecure)
      return { ...(await oauth.processUserInfoResponse(server, client, subject, answer)) }
    },
  }
}

/** What a resource server that uses the library finds in a JWT access token (RFC 9068 §4). */
export async function acceptAccessToken(issuer: string, token: string, audience: string): Promise<Readonly<Record<string, unknown>>> {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const url = new URL(issuer)
  const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure }))
  const request = new Request('https://api.example/things', { headers: { authorization: `Bearer ${token}` } })
  return { ...(await oauth.validateJwtAccessToken(server, request, audience, insecure)) }
}

/** Both libraries throw the same errors. @throws Error when it is not refused as OAuth says. */
export async function refusalOf(asked: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await asked.then(
    () => new Error('was not refused'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof oauth.ResponseBodyError) return { status: error.status, code: error.error, scheme: undefined }
  if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error
  const [challenge] = error.cause
  const body: unknown = await error.response.clone().json()
  const code = challenge?.parameters.error ?? (body as { error?: string }).error
  return { status: error.status, code, scheme: challenge?.scheme }
}
