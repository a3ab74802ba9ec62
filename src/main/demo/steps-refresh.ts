import { pairOf } from './oauth-client.js'
import type { Stage } from './stage.js'
import { describeRefresh, GOOD, REFUSED, standingOf } from './standing.js'
import { GRANT_TABLE, TOKEN_TABLES } from './steps-issue.js'

const [TOKEN_TABLE] = TOKEN_TABLES

export async function playRefresh(stage: Stage): Promise<void> {
  const { steps, shop } = stage
  steps.part('Refresh, and find a thief')
  const first = await stage.userPair()
  const second = pairOf(await shop.refresh(first.refresh))
  steps.check('a refresh gives', second.refresh === first.refresh ? 'the same refresh token' : 'a new pair', 'a new pair')
  steps.check('its access token', await standingOf(stage, second, GOOD), GOOD)
  steps.check('rows: one per refreshed grant', stage.countRows([TOKEN_TABLE, GRANT_TABLE]), { [TOKEN_TABLE]: 0, [GRANT_TABLE]: 1 })

  const again = pairOf(await shop.refresh(first.refresh))
  steps.check('the spent token at once again gives', again.refresh === second.refresh ? 'the same successor' : 'another', 'the same successor')
  const third = pairOf(await shop.refresh(second.refresh))
  steps.check('the successor works', await standingOf(stage, third, GOOD), GOOD)
  steps.check('rows, however often it is refreshed', stage.countRows([TOKEN_TABLE, GRANT_TABLE]), { [TOKEN_TABLE]: 0, [GRANT_TABLE]: 1 })

  steps.check('the first refresh token, replayed', describeRefresh(await shop.refresh(first.refresh)), '400 invalid_grant')
  steps.check('ends the grant: the newest access token', await standingOf(stage, third, REFUSED), REFUSED)
  steps.check('and the newest refresh token', describeRefresh(await shop.refresh(third.refresh)), '400 invalid_grant')
}
