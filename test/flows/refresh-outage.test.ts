import type { Stores } from '../../src/stores/stores.js'
import { createFailingStores } from '../http/failing-stores.js'
import { StillClock } from '../still-clock.js'
import { type Credentials, type JetonInProcess, startJeton } from './jeton-in-process.js'

describe.each(['JWT', 'OAUTH'])('a refresh that met an outage (%s)', (tokenType) => {
  const clock = new StillClock()
  const failing = createFailingStores()
  let losesAnswers = false
  let jeton: JetonInProcess
  let client: Credentials

  /** The step is taken, and its answer is lost. */
  const losing = <Method extends (...given: never[]) => Promise<unknown>>(method: Method): Method =>
    (async (...given: never[]) => {
      const answer = await method(...given)
      if (losesAnswers) failing.fail()
      if (losesAnswers) await jeton.stores.heads.read()
      return answer
    }) as Method

  const wrapStores = (stores: Stores): Stores => {
    const { grants, storedTokens } = stores
    const lossy = {
      ...stores,
      grants: { ...grants, advance: losing(grants.advance), advanceMany: losing(grants.advanceMany) },
      storedTokens: { ...storedTokens, replace: losing(storedTokens.replace) },
    }
    return failing.wrap(lossy)
  }

  beforeEach(async () => {
    failing.heal()
    losesAnswers = false
    jeton = await startJeton({ clock, wrapStores })
    client = await jeton.createClient({ tokenType })
  })
  afterEach(() => jeton.close())

  const refresh = (token: string) => jeton.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token }, client)

  it('keeps its grant: after the outage it is given the successor, however long it took', async () => {
    const { body } = await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)
    losesAnswers = true
    await refresh(body.refresh_token).expect(503)
    losesAnswers = false
    clock.advance(60)
    await refresh(body.refresh_token).expect(503)
    clock.advance(60)
    failing.heal()
    const answer = await refresh(body.refresh_token).expect(200)
    await refresh(answer.body.refresh_token).expect(200)
  })

  it('has its grace from when the database is back, and not for ever', async () => {
    const { body } = await jeton.post('/oauth2/token', { grant_type: 'client_credentials' }, client).expect(200)
    losesAnswers = true
    await refresh(body.refresh_token).expect(503)
    losesAnswers = false
    clock.advance(60)
    failing.heal()
    await jeton.runJob('poll')
    clock.advance(11)
    await jeton.runJob('poll')
    expect((await refresh(body.refresh_token).expect(400)).body.error).toBe('invalid_grant')
  })
})
