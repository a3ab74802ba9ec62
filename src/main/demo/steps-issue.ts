import { getWithToken, type Pair, pairOf } from './oauth-client.js'
import type { Stage } from './stage.js'
import { GOOD, standingOf } from './standing.js'

export const TOKEN_TABLES = [
  'IDN_OAUTH2_ACCESS_TOKEN',
  'IDN_OAUTH2_ACCESS_TOKEN_AUDIT',
  'IDN_OAUTH2_ACCESS_TOKEN_SCOPE',
  'IDN_OAUTH2_AUTHORIZATION_CODE',
] as const
export const GRANT_TABLE = 'JETON_GRANT'

const PAIRS = 20
const NO_ROWS = Object.fromEntries([...TOKEN_TABLES, GRANT_TABLE].map((table) => [table, 0]))

export async function playIssue(stage: Stage): Promise<void> {
  const { steps, shop, gateway, server, alice } = stage
  steps.part('Issue without storing')
  const application = await shop.token({ grant_type: 'client_credentials' })
  steps.check('client credentials give', shape(application.body), { access_token: 'JWT', refresh_token: 'JWT', token_type: 'Bearer' })
  steps.check('its access token at the gateway', (await gateway.ask(pairOf(application).access)).status, 200)

  const pair = await stage.userPair()
  const { active, sub, username, aut } = (await shop.introspect(pair.access)).body
  const user = { active: true, sub: alice.id, username: alice.name, aut: 'APPLICATION_USER' }
  steps.check("introspection of a user's access token", { active, sub, username, aut }, user)
  steps.check('that token', await standingOf(stage, pair, GOOD), GOOD)
  await playWrongTokens(stage, pair)
  steps.check('userinfo', (await getWithToken(`${server.url}/oauth2/userinfo`, pair.access)).body, { sub: alice.id, preferred_username: alice.name })

  for (let issued = 0; issued < PAIRS; issued++) await stage.userPair()
  steps.check(`rows after ${PAIRS} more pairs`, stage.countRows([...TOKEN_TABLES, GRANT_TABLE]), NO_ROWS)
}

async function playWrongTokens({ steps, shop, gateway }: Stage, { access, refresh }: Pair): Promise<void> {
  const ask = async (token?: string): Promise<number> => (await gateway.ask(token)).status
  const [header = '', claims = ''] = access.split('.')
  const forged = `${header}.${claims}.${'A'.repeat(86)}`
  const answers = { none: await ask(), forged: await ask(forged), refresh_token: await ask(refresh) }
  steps.check('what is no access token, at the gateway', answers, { none: 401, forged: 401, refresh_token: 401 })
  const introspected = { forged: (await shop.introspect(forged)).body, refresh_token: (await shop.introspect(refresh)).body }
  steps.check('the same, introspected', introspected, { forged: { active: false }, refresh_token: { active: false } })
}

const kindOf = (token: unknown): string => (typeof token === 'string' && token.split('.').length === 3 ? 'JWT' : 'not a JWT')

function shape({
  access_token: access,
  refresh_token: refresh,
  token_type: type,
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { access_token: kindOf(access), refresh_token: kindOf(refresh), token_type: type }
}
