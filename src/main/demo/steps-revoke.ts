import type { Pair } from './oauth-client.js'
import type { Stage } from './stage.js'
import { describeRefresh, GOOD, REFUSED, standingOf } from './standing.js'

const NEW_PAIR = 'a new pair'
const INVALID_GRANT = '400 invalid_grant'

export async function playRevocationEndpoint(stage: Stage): Promise<void> {
  const { steps, shop, till } = stage
  steps.part('Revoke by the endpoint (RFC 7009)')
  const one = await stage.userPair()
  steps.check('an access token', (await shop.revoke(one.access)).status, 200)
  steps.check('then is', await standingOf(stage, one, REFUSED), REFUSED)
  steps.check('and its refresh token gives', describeRefresh(await shop.refresh(one.refresh)), NEW_PAIR)

  const two = await stage.userPair()
  steps.check('a refresh token', (await shop.revoke(two.refresh)).status, 200)
  steps.check('then its access token is', await standingOf(stage, two, REFUSED), REFUSED)
  steps.check('and it gives', describeRefresh(await shop.refresh(two.refresh)), INVALID_GRANT)

  const three = await stage.userPair()
  const { status, body } = await till.revoke(three.access)
  steps.check('the token of another client', `${status} ${String(body.error)}`, '400 unauthorized_client')
  steps.check('a token nobody knows', (await shop.revoke('unknown')).status, 200)
  steps.check('neither has an effect', await standingOf(stage, three, GOOD), GOOD)
}

/** One way to revoke by the command line. */
interface Way {
  readonly name: string
  readonly kind: string
  /** What follows `jeton revoke`. */
  args(pair: Pair, stage: Stage): Promise<readonly string[]> | readonly string[]
  readonly stdin?: (pair: Pair) => string
  /** What the access token and the refresh token of the pair come to. */
  readonly access: typeof GOOD
  readonly refresh: string
}

const WAYS: readonly Way[] = [
  {
    name: 'a token, from standard input',
    kind: 'token',
    args: () => ['token', '-'],
    stdin: ({ access }) => access,
    access: REFUSED,
    refresh: NEW_PAIR,
  },
  {
    name: 'a grant',
    kind: 'grant',
    args: async ({ access }, stage) => ['grant', await grantOf(stage, access)],
    access: REFUSED,
    refresh: INVALID_GRANT,
  },
  { name: 'a user', kind: 'subject', args: (_, { alice }) => ['user', alice.id], access: REFUSED, refresh: INVALID_GRANT },
  { name: 'a client', kind: 'client', args: (_, { shop }) => ['client', shop.id], access: REFUSED, refresh: INVALID_GRANT },
  { name: 'the key of access tokens', kind: 'key', args: ({ access }) => ['key', keyOf(access)], access: REFUSED, refresh: NEW_PAIR },
  { name: 'the key of refresh tokens', kind: 'key', args: ({ refresh }) => ['key', keyOf(refresh)], access: GOOD, refresh: INVALID_GRANT },
  { name: 'all', kind: 'all', args: () => ['all'], access: REFUSED, refresh: INVALID_GRANT },
]

export async function playRevokeCommands(stage: Stage): Promise<void> {
  const { steps, jeton, shop } = stage
  steps.part('Revoke by the command line')
  for (const way of WAYS) {
    const pair = await stage.userPair()
    steps.check(`before: ${way.name}`, await standingOf(stage, pair, GOOD), GOOD)
    const { kind } = await jeton(['revoke', ...(await way.args(pair, stage))], way.stdin?.(pair))
    steps.check(`revoked: ${way.name}`, kind, way.kind)
    steps.check('  its access token', await standingOf(stage, pair, way.access), way.access)
    steps.check('  its refresh token gives', describeRefresh(await shop.refresh(pair.refresh)), way.refresh)
    steps.check('  a new pair, at once', await standingOf(stage, await stage.userPair(), GOOD), GOOD)
  }
}

async function grantOf({ shop }: Stage, access: string): Promise<string> {
  return String((await shop.introspect(access)).body.grant_id)
}

function keyOf(token: string): string {
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { readonly kid: string }
  return header.kid
}
