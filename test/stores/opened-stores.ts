import type { Application, ApplicationKey } from '../../src/model/application.js'
import type { Client } from '../../src/model/client.js'
import { applicationId, clientId, grantId, subject, tokenId, userId } from '../../src/model/ids.js'
import { type EpochSeconds, epochSeconds, seconds } from '../../src/model/time.js'
import type { PasswordHash, User } from '../../src/model/user.js'
import type { AdvanceOutcome, GrantAdvance } from '../../src/stores/grant-store.js'
import { type PurgeTarget, totalOf } from '../../src/stores/purge-target.js'
import type {
  IssueOutcome,
  StoredRefreshTokenName,
  StoredSuccessor,
  StoredToken,
  TokenCleanup,
  TokenHash,
} from '../../src/stores/stored-token-store.js'
import type { Stores } from '../../src/stores/stores.js'

/** How every contract has the stores opened. */
export const KEEP_AFTER_EXPIRY = seconds(600)
export const MAX_CLOCK_SKEW = seconds(5)

/** One empty database under test. */
export interface OpenedStores extends Omit<Stores, 'migrate'> {
  close(): Promise<void>
  /** Makes everything that is there this many seconds older. */
  age(length: number): Promise<void>
}

export type OpenStores = (options?: { readonly cleanup?: TokenCleanup }) => Promise<OpenedStores>

export async function databaseTime(stores: OpenedStores): Promise<EpochSeconds> {
  return epochSeconds(Math.floor((await stores.heads.read()).databaseTimeMs / 1000))
}

export const aClient = (id = 'client-1', changes: Partial<Client> = {}): Client => ({
  id: clientId(id),
  name: `Name of ${id}`,
  tokenType: 'JWT',
  grantTypes: ['client_credentials', 'refresh_token'],
  scopes: ['read', 'write'],
  audiences: ['https://api.example/a b', 'urn:x'],
  redirectUris: ['https://app.example/callback'],
  state: 'active',
  secretHash: 'hmac-sha256$ab' as NonNullable<Client['secretHash']>,
  createdAt: epochSeconds(1_763_690_000),
  ...changes,
})

export const anApplication = (id = 'application-1', changes: Partial<Application> = {}): Application => ({
  id: applicationId(id),
  name: `Name of ${id}`,
  owner: subject('owner-1'),
  ownerName: 'anna',
  throttlingPolicy: 'Unlimited',
  description: '',
  tokenType: 'JWT',
  status: 'APPROVED',
  attributes: new Map(),
  keys: [],
  ...changes,
})

export const aKey = (client = 'client-1', keyType: ApplicationKey['keyType'] = 'PRODUCTION'): ApplicationKey => ({
  keyMappingId: `mapping of ${client}`,
  keyType,
  clientId: clientId(client),
})

export const aUser = (id = 'user-1', changes: Partial<User> = {}): User => ({
  id: userId(id),
  name: `name-of-${id}`,
  passwordHash: 'scrypt$1' as PasswordHash,
  state: 'active',
  createdAt: epochSeconds(1_763_690_000),
  ...changes,
})

export const aStep = (changes: Partial<GrantAdvance> = {}): GrantAdvance => ({
  grantId: grantId('grant-1'),
  from: 0,
  presentedExpiresAt: epochSeconds(4_000_000_000),
  lifetime: seconds(3600),
  keepAfterExpiry: KEEP_AFTER_EXPIRY,
  grace: seconds(10),
  graceReuse: 5,
  ...changes,
})

export const hash = (value: string): TokenHash => value as TokenHash

/** Alive for an hour, its refresh token for a day. */
export const aStoredToken = (now: EpochSeconds, changes: Partial<StoredToken> = {}): StoredToken => ({
  tokenId: tokenId('token-1'),
  format: 'opaque',
  inClear: undefined,
  accessTokenHash: hash('access-1'),
  refreshTokenHash: hash('refresh-1'),
  clientId: clientId('client-1'),
  subject: subject('client-1'),
  authorizedType: 'APPLICATION',
  username: undefined,
  grantType: 'client_credentials',
  scopes: ['write', 'read'],
  grantedScopes: ['write', 'read', 'admin'],
  audience: ['https://issuer.example'],
  grantedAudience: ['https://issuer.example'],
  grantId: grantId('grant-1'),
  grantedAt: now,
  generation: 0,
  issuedAt: now,
  expiresAt: epochSeconds(now + 3600),
  refreshIssuedAt: now,
  refreshExpiresAt: epochSeconds(now + 86_400),
  state: 'ACTIVE',
  ...changes,
})

/** As where persistence is off. */
export const storeBeside = ({ storedTokens }: Pick<Stores, 'storedTokens'>, token: StoredToken): Promise<IssueOutcome> =>
  storedTokens.issue(token, { kind: 'beside' })

export const replaceBeside = (
  { storedTokens }: Pick<Stores, 'storedTokens'>,
  step: GrantAdvance,
  successor: StoredSuccessor,
): Promise<AdvanceOutcome> => storedTokens.replace(step, successor, 'beside')

/** A refresh token of the grant that aStoredToken has. */
export const named = (value: string, generation = 0): StoredRefreshTokenName => ({ hash: hash(value), grantId: grantId('grant-1'), generation })

export function purgeTarget(stores: OpenedStores, name: string): PurgeTarget {
  const found = stores.purgeTargets.find((target) => target.name === name)
  if (found === undefined) throw new Error(`no purge target ${name}`)
  return found
}

const SAFE_PERIOD = seconds(7200)

/** Deletes no more than `limit` rows. @returns how many went. */
export async function purgeRows(target: PurgeTarget, limit: number): Promise<number> {
  let [gone, after]: [number, string | null | undefined] = [0, undefined]
  while (gone === 0 && after !== null) {
    const batch = await target.deleteBatch({ limit, after: after ?? null, safePeriod: SAFE_PERIOD })
    gone = totalOf(batch.deleted)
    after = batch.after
  }
  return gone
}

export const countRows = async (target: PurgeTarget): Promise<number> => totalOf(await target.count({ safePeriod: SAFE_PERIOD }))
