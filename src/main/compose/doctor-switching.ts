import type { Settings } from '../../config/settings.js'
import type { Client, ClientLifetimes } from '../../model/client.js'
import type { ClientStore } from '../../stores/client-store.js'
import type { DoctorCheck } from '../commands/operations.js'

type Clients = Pick<ClientStore, 'list'>

const PAGE = 1000
const MOST_NAMES = 10
const DAY = 86_400
const UNITS: readonly (readonly [string, number])[] = [
  ['d', DAY],
  ['h', 3600],
  ['m', 60],
]

/** A length of life, how it is called, and how many days it may have. */
interface Lifetime {
  readonly what: string
  readonly key: string
  readonly kind: keyof ClientLifetimes
  readonly mostDays: number
}

const LIFETIMES: readonly Lifetime[] = [
  { what: 'access tokens of applications', key: 'app_access_token_validity', kind: 'applicationAccessToken', mostDays: 1 },
  { what: 'access tokens of users', key: 'user_access_token_validity', kind: 'userAccessToken', mostDays: 1 },
  { what: 'refresh tokens', key: 'refresh_token_validity', kind: 'refreshToken', mostDays: 30 },
]

/** Applications whose tokens are stored whatever the setting. */
export async function checkOpaqueApplications(clients: Clients): Promise<DoctorCheck> {
  const name = 'opaque applications'
  const found = await surveyClients(clients, ({ tokenType }) => tokenType === 'OAUTH')
  if (found === undefined) return { name, ok: true, message: 'there is none: every application has tokens that need not be stored' }
  return {
    name,
    ok: false,
    message: `opaque tokens, which are always stored, are had by ${found}`,
    remedy:
      'where their APIs take JWTs, "jeton apps migrate --to JWT" moves them; what they hold goes on working, and one that stays is served as before',
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
export async function checkLifetimes({ lifetimes }: Settings, clients: Clients): Promise<DoctorCheck> {
  const name = 'lifetimes'
  const ofServer = LIFETIMES.filter(({ kind, mostDays }) => lifetimes[kind] > mostDays * DAY)
  const ofClients = await surveyClients(clients, ({ lifetimes: own = {} }) =>
    LIFETIMES.some(({ kind, mostDays }) => (own[kind] ?? 0) > mostDays * DAY),
  )
  const found = [
    ...ofServer.map(
      ({ what, key, kind, mostDays }) => `${what} live ${inUnits(lifetimes[kind])} (oauth.token_validation.${key}), more than ${mostDays}d`,
    ),
    ...(ofClients === undefined ? [] : [`more than 1d for access tokens or 30d for refresh tokens are set for ${ofClients}`]),
  ]
  if (found.length === 0)
    return { name, ok: true, message: 'are short enough for tokens that are not stored: at most 1d for access tokens, 30d for refresh tokens' }
  return {
    name,
    ok: false,
    message: `${found.join('; ')}: every node and gateway keeps the revocation of a token that is not stored in memory until the token has expired`,
    remedy: 'shorten them: a refresh gives new tokens before the old ones end',
  }
}

/** How many there are, read in pages, and the names of the first ten; undefined: none. */
async function surveyClients(clients: Clients, isMeant: (client: Client) => boolean): Promise<string | undefined> {
  const names: string[] = []
  let count = 0
  for await (const client of eachClient(clients)) {
    if (!isMeant(client)) continue
    count++
    if (names.length < MOST_NAMES) names.push(client.name)
  }
  if (count === 0) return undefined
  const more = count > names.length ? ` and ${count - names.length} more` : ''
  return `${count} ${count === 1 ? 'application' : 'applications'}: ${names.join(', ')}${more}`
}

async function* eachClient(clients: Clients): AsyncGenerator<Client> {
  for (let after = ''; ; ) {
    const page = await clients.list(after, PAGE)
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = last.id
  }
}

/** As it could stand in the file. */
function inUnits(seconds: number): string {
  const [unit, length] = UNITS.find(([, size]) => seconds % size === 0) ?? ['s', 1]
  return `${seconds / length}${unit}`
}
