import type { Settings } from '../../config/settings.js'
import type { Client } from '../../model/client.js'
import type { ClientStore } from '../../stores/client-store.js'
import type { DoctorCheck } from '../commands/operations.js'

const PAGE = 1000
const MOST_NAMES = 10

/** What one word of the configuration says about the length of lives. */
interface Lifetime {
  readonly what: string
  readonly key: string
  readonly seconds: number
  readonly mostDays: number
}

const DAY = 86_400
const UNITS: readonly (readonly [string, number])[] = [
  ['d', DAY],
  ['h', 3600],
  ['m', 60],
]

/** Applications whose tokens are stored whatever the setting. They are read in pages, and named up to ten. */
export async function checkOpaqueApplications(clients: Pick<ClientStore, 'list'>): Promise<DoctorCheck> {
  const name = 'opaque applications'
  const names: string[] = []
  let count = 0
  for await (const client of eachClient(clients)) {
    if (client.tokenType !== 'OAUTH') continue
    count++
    if (names.length < MOST_NAMES) names.push(client.name)
  }
  if (count === 0) return { name, ok: true, message: 'there is none: every application has tokens that need not be stored' }
  const more = count > names.length ? ` and ${count - names.length} more` : ''
  return {
    name,
    ok: false,
    message: `${count} ${count === 1 ? 'application has' : 'applications have'} opaque tokens, which are always stored: ${names.join(', ')}${more}`,
    remedy:
      'where their APIs take JWTs, "jeton apps migrate --to JWT" moves them; what they hold goes on working, and one that stays is served as before',
  }
}

async function* eachClient(clients: Pick<ClientStore, 'list'>): AsyncGenerator<Client> {
  for (let after = ''; ; ) {
    const page = await clients.list(after, PAGE)
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = last.id
  }
}

/** WSO2's portals are applications too. */
export function checkPortals({ oauth: { opaquePortals } }: Settings): DoctorCheck {
  const name = 'portals'
  if (!opaquePortals) return { name, ok: true, message: 'nothing says that they want opaque tokens' }
  return {
    name,
    ok: false,
    message: 'apim.oauth_config.enable_jwt_for_portals = false: the portals ask for opaque tokens, which are always stored',
    remedy: 'set it to true here and where the portals run, and move their applications: "jeton apps migrate --to JWT"',
  }
}

/** Who cannot look a token up has to remember that it was revoked, for as long as it lives. */
export function checkLifetimes({ lifetimes }: Settings): DoctorCheck {
  const name = 'lifetimes'
  const prefix = 'oauth.token_validation'
  const all: readonly Lifetime[] = [
    { what: 'access tokens of applications', key: 'app_access_token_validity', seconds: lifetimes.applicationAccessToken, mostDays: 1 },
    { what: 'access tokens of users', key: 'user_access_token_validity', seconds: lifetimes.userAccessToken, mostDays: 1 },
    { what: 'refresh tokens', key: 'refresh_token_validity', seconds: lifetimes.refreshToken, mostDays: 30 },
  ]
  const tooLong = all.filter(({ seconds, mostDays }) => seconds > mostDays * DAY)
  if (tooLong.length === 0)
    return { name, ok: true, message: 'are short enough for tokens that are not stored: at most 1d for access tokens, 30d for refresh tokens' }
  const found = tooLong.map(({ what, key, seconds, mostDays }) => `${what} live ${inUnits(seconds)} (${prefix}.${key}), more than ${mostDays}d`)
  return {
    name,
    ok: false,
    message: `${found.join('; ')}: every node and gateway keeps the revocation of a token that is not stored in memory until the token has expired`,
    remedy: 'shorten them: a refresh gives new tokens before the old ones end',
  }
}

/** As it could stand in the file. */
function inUnits(seconds: number): string {
  const [unit, length] = UNITS.find(([, size]) => seconds % size === 0) ?? ['s', 1]
  return `${seconds / length}${unit}`
}
