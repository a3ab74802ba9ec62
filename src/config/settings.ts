import type { Seconds } from '../model/time.js'
import type { Place } from './problems.js'
import type { ScheduleSettings } from './schedule.js'
import type { HostWithPort } from './server-kinds.js'
import type { Wso2Settings } from './wso2-settings.js'

export type SigningAlgorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA'
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface ServerSettings {
  /** The address to listen on. */
  readonly hostname: string
  /** 0: any free port. */
  readonly port: number
  /** Somebody in front ends TLS, so that plain HTTP may be served on any address. */
  readonly behindTlsProxy: boolean
  /** Processes that share the port. `auto`: one for each processor. */
  readonly workers: number | 'auto'
}

export interface HttpsSettings {
  /** 0: any free port. */
  readonly port: number
  /** Absolute, PEM. */
  readonly certificateFile: string
  /** Absolute, PEM. */
  readonly keyFile: string
}

/** A token issuer of the operator's own. */
export interface OwnIssuerSettings {
  /** Absolute. */
  readonly module: string
  /** For the claims of one token. */
  readonly timeoutMs: number
  /** Where the file names it. */
  readonly place: Place
}

export interface OAuthSettings {
  /** `iss`, RFC 8414 §2. undefined: `http://localhost:<port>`, known only once the port is. */
  readonly issuer: string | undefined
  /** `iss` of JWTs of a server that was taken over, besides `issuer`. */
  readonly adoptedIssuers: readonly string[]
  /** `aud` of an access token whose client has no audiences of its own. */
  readonly defaultAudience: 'issuer' | 'client_id' | readonly string[]
  readonly passwordGrant: boolean
  readonly clientCredentialsGrant: boolean
  /** Whether client credentials also give a refresh token; RFC 6749 §4.4.3 advises against it. */
  readonly clientCredentialsRefresh: boolean
  readonly refreshTokenGrant: boolean
  /** Whether the file says that WSO2's portals want opaque tokens. */
  readonly opaquePortals: boolean
  /** Whether the answer to a revocation names the revoked token and its user in headers. */
  readonly revokedTokenHeaders: boolean
  /** undefined: the built-in issuer. */
  readonly ownIssuer: OwnIssuerSettings | undefined
}

export interface LifetimeSettings {
  readonly applicationAccessToken: Seconds
  readonly userAccessToken: Seconds
  readonly refreshToken: Seconds
  readonly authorizationCode: Seconds
}

export interface RenewalSettings {
  /** false: a confidential client keeps its refresh token. */
  readonly renewRefreshToken: boolean
  /** false: the first expiry of the grant stays. */
  readonly extendRefreshTokenExpiry: boolean
  /** How long the refresh token before the current one gives the same successor again. */
  readonly grace: Seconds
  readonly graceReuse: number
  /** Refreshes that may wait for one commit. */
  readonly maxQueue: number
}

export interface PersistenceSettings {
  /** Whether the tokens of JWT clients are stored too. */
  readonly enable: boolean
  /** false: opaque tokens stand in their rows themselves. */
  readonly hashTokens: boolean
  readonly renewAccessTokenPerRequest: boolean
  /** Grants by which JWT clients get tokens that leave those before alone. */
  readonly besideGrantTypes: readonly string[]
}

/** What becomes of a stored token that leaves ACTIVE. */
export type CleanupSettings = { readonly kind: 'off' } | { readonly kind: 'delete' } | { readonly kind: 'audit'; readonly retention: Seconds }

export interface RevocationSettings {
  readonly pollIntervalMs: number
  /** How long a node goes on without the database. */
  readonly maxStaleness: Seconds
  readonly maxClockSkew: Seconds
  readonly keepAfterExpiry: Seconds
  /** Revocations that may wait for one commit. */
  readonly maxQueue: number
  /** Entries of the log that one client may cause by itself a second, in the long run; 0: any number. */
  readonly perClientRate: number
  /** The same at once. */
  readonly perClientBurst: number
}

export interface EmbeddedDatabaseSettings {
  readonly type: 'sqlite'
  /** Absolute. */
  readonly file: string
  /** No configuration names the file. */
  readonly isDefault: boolean
}

/** How far the certificate of a server is looked at: not at all, by whom it is signed, or also for which host. */
export interface DatabaseTlsSettings {
  readonly mode: 'require' | 'verify-ca' | 'verify-full'
  /** Absolute, PEM. undefined: whom Node.js trusts. */
  readonly caFile: string | undefined
}

export interface ServerDatabaseSettings {
  readonly type: 'postgre' | 'mysql'
  readonly hostname: string
  readonly port: number
  readonly name: string
  readonly username: string
  /** The empty string where none is given, and is a password. */
  readonly password: string
  /** What stood behind the question mark of the URL. */
  readonly parameters: Readonly<Record<string, string>>
  /** undefined: as `parameters` say, else none. */
  readonly tls: DatabaseTlsSettings | undefined
  /** MySQL only. */
  readonly allowPublicKeyRetrieval: boolean
  /** Connections of this process, at most. */
  readonly maxConnections: number
  /** How long a statement waits for one of them. */
  readonly maxWaitMs: number
}

export type DatabaseSettings = EmbeddedDatabaseSettings | ServerDatabaseSettings

/** Where Redis is: one server, one that sentinels know, or a cluster. */
export type RedisSettings = {
  readonly username: string | undefined
  readonly password: string | undefined
  readonly keyPrefix: string
  /** Absolute, PEM. undefined: whom Node.js trusts. */
  readonly caFile: string | undefined
} & (
  | { readonly kind: 'single'; readonly url: string }
  | { readonly kind: 'sentinel'; readonly sentinels: readonly HostWithPort[]; readonly name: string; readonly isTls: boolean }
  | { readonly kind: 'cluster'; readonly nodes: readonly HostWithPort[]; readonly isTls: boolean }
)

export interface KeystoreSettings {
  /** 32 bytes each; the first seals, all open. Empty, with an embedded database only: a key file is to be made beside it. */
  readonly encryptionKeys: readonly Buffer[]
  readonly algorithm: SigningAlgorithm
  readonly rotateEvery: Seconds
}

/** Failed authentications that are let through in `window`, before the answer is 429. */
export interface RateLimitSettings {
  readonly enable: boolean
  /** Of one client from one address. */
  readonly perClient: number
  /** Of one user name from one address. */
  readonly perUser: number
  /** From one address, whoever it tries. */
  readonly perAddress: number
  readonly window: Seconds
}

export interface PurgeSettings {
  readonly every: Seconds
  /** In place of `every`. */
  readonly schedule: ScheduleSettings | undefined
  /** Most rows that go in one transaction. */
  readonly batch: number
  /** How long a transaction may hold its locks: batches grow and shrink towards it. */
  readonly lockTimeMs: number
  /** Waited for after each batch. */
  readonly pauseMs: number
  readonly yields: boolean
  /** How far replicas may be behind before a purge waits for them; undefined: they are not asked. */
  readonly maxReplicationLagMs: number | undefined
  /** How long past its end a row is left alone that does not say itself from when it may go. */
  readonly safePeriod: Seconds
  /** How long an INACTIVE token of WSO2's stays whose refresh token never ends. */
  readonly replayMemory: Seconds
  /** How much time one partition covers at least, where there are any. */
  readonly partitionSpan: Seconds
}

/** What the server cleans of stored login sessions. */
export interface SessionSettings {
  readonly cleanExpired: boolean
  /** Whether sessions that somebody has ended go with the next cycle. */
  readonly cleanLoggedOut: boolean
  readonly cleanPreSessions: boolean
  /** How old session data gets that names no end. */
  readonly longest: Seconds
  /** How old the data of an unfinished login gets. */
  readonly longestPreSession: Seconds
  readonly every: Seconds
  /** Most rows that go in one transaction. */
  readonly batch: number
}

/** Everything `deployment.toml` decides, with the defaults filled in. */
export interface Settings {
  readonly server: ServerSettings
  readonly https: HttpsSettings | undefined
  readonly oauth: OAuthSettings
  readonly lifetimes: LifetimeSettings
  readonly renewal: RenewalSettings
  readonly persistence: PersistenceSettings
  readonly cleanup: CleanupSettings
  readonly revocation: RevocationSettings
  readonly wso2: Wso2Settings
  readonly database: DatabaseSettings
  /** undefined: none. */
  readonly redis: RedisSettings | undefined
  readonly keystore: KeystoreSettings
  readonly log: { readonly level: LogLevel }
  readonly rateLimit: RateLimitSettings
  readonly purge: PurgeSettings
  readonly sessions: SessionSettings
  /** What the file says that has no effect (yet), and what deserves a second look: one sentence each. */
  readonly notices: readonly string[]
}
