import { resolve } from 'node:path'
import type { KeyValues } from './key-values.js'
import { KEYSTORE_KEYS } from './known-keys/keystore-keys.js'
import { OAUTH_KEYS, RATE_LIMIT_KEYS } from './known-keys/oauth-keys.js'
import { CLEANUP_KEYS, LOG_KEYS, PURGE_KEYS } from './known-keys/operation-keys.js'
import { PERSISTENCE_KEYS } from './known-keys/persistence-keys.js'
import { SERVER_KEYS } from './known-keys/server-keys.js'
import { LIFETIME_KEYS, RENEWAL_KEYS, REVOCATION_KEYS } from './known-keys/token-keys.js'
import { JWT_FOR_PORTALS } from './known-keys/wso2-keys.js'
import { doubtfulNotices, ineffectiveNotices } from './notices.js'
import type {
  CleanupSettings,
  HttpsSettings,
  KeystoreSettings,
  LifetimeSettings,
  OAuthSettings,
  OwnIssuerSettings,
  PersistenceSettings,
  PurgeSettings,
  RateLimitSettings,
  RenewalSettings,
  RevocationSettings,
  ServerSettings,
  SessionSettings,
  Settings,
} from './settings.js'
import { databaseSettings, redisSettings } from './storage-settings.js'
import { wso2Settings } from './wso2-settings.js'

/** Only for values in which no problem was found. Relative paths start at `folder`. */
export function buildSettings(values: KeyValues, folder: string): Settings {
  const settings: Settings = {
    server: serverSettings(values),
    https: httpsSettings(values, folder),
    oauth: oauthSettings(values, folder),
    lifetimes: lifetimeSettings(values),
    renewal: renewalSettings(values),
    persistence: persistenceSettings(values),
    cleanup: cleanupSettings(values),
    revocation: revocationSettings(values),
    wso2: wso2Settings(values),
    database: databaseSettings(values, folder),
    redis: redisSettings(values, folder),
    keystore: keystoreSettings(values),
    log: { level: values.get(LOG_KEYS.level) },
    rateLimit: rateLimitSettings(values),
    purge: purgeSettings(values),
    sessions: sessionSettings(values),
    notices: [],
  }
  return { ...settings, notices: [...ineffectiveNotices(values), ...doubtfulNotices(settings)] }
}

function purgeSettings(values: KeyValues): PurgeSettings {
  const expression = values.get(PURGE_KEYS.schedule)
  return {
    every: values.get(PURGE_KEYS.every),
    schedule: expression === undefined ? undefined : { expression, timezone: values.get(PURGE_KEYS.timezone) },
    batch: values.get(PURGE_KEYS.batch),
    lockTimeMs: values.get(PURGE_KEYS.lockTime),
    pauseMs: values.get(PURGE_KEYS.pause),
    yields: values.get(PURGE_KEYS.yields),
    maxReplicationLagMs: values.get(PURGE_KEYS.maxReplicationLag),
    safePeriod: values.get(PURGE_KEYS.safePeriod),
    replayMemory: values.get(PURGE_KEYS.replayMemory),
    partitionSpan: values.get(PURGE_KEYS.partitionSpan),
  }
}

const sessionSettings = (values: KeyValues): SessionSettings => ({
  cleanExpired: values.get(CLEANUP_KEYS.sessions),
  cleanLoggedOut: values.get(CLEANUP_KEYS.loggedOut),
  cleanPreSessions: values.get(CLEANUP_KEYS.preSessions),
  longest: values.get(CLEANUP_KEYS.sessionsAfter),
  longestPreSession: values.get(CLEANUP_KEYS.preSessionsAfter),
  every: values.get(CLEANUP_KEYS.sessionsEvery),
  batch: values.get(CLEANUP_KEYS.sessionsBatch),
})

const serverSettings = (values: KeyValues): ServerSettings => ({
  hostname: values.get(SERVER_KEYS.hostname),
  port: values.get(SERVER_KEYS.port),
  behindTlsProxy: values.get(SERVER_KEYS.behindTlsProxy),
  workers: values.get(SERVER_KEYS.workers),
})

function httpsSettings(values: KeyValues, folder: string): HttpsSettings | undefined {
  const [certificateFile, keyFile] = [values.get(SERVER_KEYS.httpsCertificateFile), values.get(SERVER_KEYS.httpsKeyFile)]
  if (!values.get(SERVER_KEYS.httpsEnable) || certificateFile === undefined || keyFile === undefined) return undefined
  return { port: values.get(SERVER_KEYS.httpsPort), certificateFile: resolve(folder, certificateFile), keyFile: resolve(folder, keyFile) }
}

const oauthSettings = (values: KeyValues, folder: string): OAuthSettings => ({
  issuer: values.get(OAUTH_KEYS.issuer),
  adoptedIssuers: values.get(OAUTH_KEYS.adoptedIssuers),
  defaultAudience: values.get(OAUTH_KEYS.defaultAudience),
  passwordGrant: values.get(OAUTH_KEYS.passwordGrant),
  clientCredentialsGrant: values.get(OAUTH_KEYS.clientCredentialsGrant),
  clientCredentialsRefresh: values.get(OAUTH_KEYS.clientCredentialsRefresh),
  refreshTokenGrant: values.get(OAUTH_KEYS.refreshTokenGrant),
  opaquePortals: values.get(JWT_FOR_PORTALS) === false,
  revokedTokenHeaders: values.get(OAUTH_KEYS.revokedTokenHeaders),
  ownIssuer: ownIssuerSettings(values, folder),
})

function ownIssuerSettings(values: KeyValues, folder: string): OwnIssuerSettings | undefined {
  const issuer = values.get(OAUTH_KEYS.tokenTypeIssuer)
  if (issuer === 'built-in') return undefined
  const place = values.placeOf(OAUTH_KEYS.tokenTypeIssuer)
  return { module: resolve(folder, issuer.module), timeoutMs: values.get(OAUTH_KEYS.tokenTypeClaimsTimeout), place }
}

const lifetimeSettings = (values: KeyValues): LifetimeSettings => ({
  applicationAccessToken: values.get(LIFETIME_KEYS.applicationAccessToken),
  userAccessToken: values.get(LIFETIME_KEYS.userAccessToken),
  refreshToken: values.get(LIFETIME_KEYS.refreshToken),
  authorizationCode: values.get(LIFETIME_KEYS.authorizationCode),
})

const renewalSettings = (values: KeyValues): RenewalSettings => ({
  renewRefreshToken: values.get(RENEWAL_KEYS.renewRefreshToken),
  extendRefreshTokenExpiry: values.get(RENEWAL_KEYS.extendRefreshTokenExpiry),
  grace: values.get(RENEWAL_KEYS.grace),
  graceReuse: values.get(RENEWAL_KEYS.graceReuse),
  maxQueue: values.get(RENEWAL_KEYS.maxQueue),
})

const persistenceSettings = (values: KeyValues): PersistenceSettings => ({
  enable: values.get(PERSISTENCE_KEYS.enable),
  hashTokens: values.get(PERSISTENCE_KEYS.hashTokens),
  renewAccessTokenPerRequest: values.get(PERSISTENCE_KEYS.renewAccessTokenPerRequest),
  besideGrantTypes: values.get(PERSISTENCE_KEYS.renewBeside) ? values.get(PERSISTENCE_KEYS.besideGrantTypes) : [],
})

function cleanupSettings(values: KeyValues): CleanupSettings {
  if (!values.get(PERSISTENCE_KEYS.cleanup)) return { kind: 'off' }
  return values.get(PERSISTENCE_KEYS.retainForAudit) ? { kind: 'audit', retention: values.get(PERSISTENCE_KEYS.auditRetention) } : { kind: 'delete' }
}

const revocationSettings = (values: KeyValues): RevocationSettings => ({
  pollIntervalMs: values.get(REVOCATION_KEYS.pollInterval),
  maxStaleness: values.get(REVOCATION_KEYS.maxStaleness),
  maxClockSkew: values.get(REVOCATION_KEYS.maxClockSkew),
  keepAfterExpiry: values.get(REVOCATION_KEYS.keepAfterExpiry),
  maxQueue: values.get(REVOCATION_KEYS.maxQueue),
  perClientRate: values.get(REVOCATION_KEYS.perClientRate),
  perClientBurst: values.get(REVOCATION_KEYS.perClientBurst),
})

const keystoreSettings = (values: KeyValues): KeystoreSettings => ({
  encryptionKeys: values.get(KEYSTORE_KEYS.encryptionKey) ?? [],
  algorithm: values.get(KEYSTORE_KEYS.algorithm),
  rotateEvery: values.get(KEYSTORE_KEYS.rotateEvery),
})

const rateLimitSettings = (values: KeyValues): RateLimitSettings => ({
  enable: values.get(RATE_LIMIT_KEYS.enable),
  perClient: values.get(RATE_LIMIT_KEYS.perClient),
  perUser: values.get(RATE_LIMIT_KEYS.perUser),
  perAddress: values.get(RATE_LIMIT_KEYS.perAddress),
  window: values.get(RATE_LIMIT_KEYS.window),
})
