import { pairOf } from './oauth-client.js'
import type { Stage } from './stage.js'
import { describeRefresh } from './standing.js'
import { TOKEN_TABLES } from './steps-issue.js'

const [TOKEN_TABLE, AUDIT_TABLE] = TOKEN_TABLES

export async function playOpaque(stage: Stage): Promise<void> {
  const { steps, till } = stage
  steps.part('Opaque tokens, stored, beside the others')
  const count = (): number | undefined => stage.countRows([TOKEN_TABLE])[TOKEN_TABLE]
  const isActive = async (token: string): Promise<unknown> => (await till.introspect(token)).body.active

  const first = pairOf(await till.token({ grant_type: 'client_credentials' }))
  steps.check('an OAUTH application gets', first.access.includes('.') ? 'a JWT' : 'an opaque token', 'an opaque token')
  steps.check('introspection', await isActive(first.access), true)
  steps.check(`rows of ${TOKEN_TABLE}`, count(), 1)

  const second = pairOf(await till.refresh(first.refresh))
  const replaced = { before: await isActive(first.access), after: await isActive(second.access) }
  steps.check('a refresh replaces its access token', replaced, { before: false, after: true })
  steps.check('live tokens, and tokens kept for auditing', stage.countRows([TOKEN_TABLE, AUDIT_TABLE]), { [TOKEN_TABLE]: 1, [AUDIT_TABLE]: 1 })

  steps.check('revoking its refresh token', (await till.revoke(second.refresh)).status, 200)
  steps.check('introspection', await isActive(second.access), false)
  steps.check('a refresh gives', describeRefresh(await till.refresh(second.refresh)), '400 invalid_grant')

  await stage.userPair()
  steps.check(`rows of ${TOKEN_TABLE} after the revocation and a pair of JWTs`, count(), 0)
}
