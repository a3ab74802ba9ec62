import { createClientAuthentication } from '../../src/clients/authenticate-client.js'
import { hashClientSecret } from '../../src/clients/client-secret.js'
import { OAuthError } from '../../src/errors/oauth-error.js'
import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import type { Client } from '../../src/model/client.js'
import type { BusinessEvent } from '../../src/model/event.js'
import { aClient } from '../stores/opened-stores.js'

const KEY = Buffer.alloc(32, 9)
const confidential = aClient('confidential', { secretHash: hashClientSecret('right', KEY) })
const open = aClient('public', { secretHash: undefined })
const disabled = aClient('disabled', { secretHash: hashClientSecret('right', KEY), state: 'disabled' })
const disabledPublic = aClient('disabled-public', { secretHash: undefined, state: 'disabled' })
const registered: readonly Client[] = [confidential, open, disabled, disabledPublic]

function createFixture(retryAfter?: number) {
  const [failures, events, looked]: [string[], BusinessEvent[], string[]] = [[], [], []]
  const authenticate = createClientAuthentication({
    findClient: async (id) => {
      looked.push(id)
      return registered.find((client) => client.id === id)
    },
    secret: () => KEY,
    failures: {
      retryAfter: async () => retryAfter,
      countFailure: async (name, address) => void failures.push(`${name} ${address}`),
    },
    events: (event) => void events.push(event),
  })
  const as = (clientId: string, clientSecret?: string) => authenticate({ clientId, clientSecret, address: '192.0.2.1' })
  return { as, failures, events, looked }
}

const refusalOf = (work: Promise<unknown>): Promise<OAuthError> =>
  work.then(
    () => Promise.reject(new Error('accepted')),
    (error: unknown) => (error instanceof OAuthError ? error : Promise.reject(error)),
  )

describe('a client', () => {
  it('is authenticated by its secret, or by its id alone where it is public, and counts no failure', async () => {
    const { as, failures, events } = createFixture()
    expect(await as('confidential', 'right')).toBe(confidential)
    expect(await as('public')).toBe(open)
    expect([failures, events]).toEqual([[], []])
  })

  it.each([
    ['a wrong secret', 'confidential', 'wrong'],
    ['no secret', 'confidential', undefined],
    ['an empty secret', 'confidential', ''],
    ['a secret though it is public', 'public', 'anything'],
    ['an empty secret though it is public', 'public', ''],
    ['the right secret, disabled', 'disabled', 'right'],
    ['its id alone, public and disabled', 'disabled-public', undefined],
    ['an unknown id', 'nobody', 'right'],
    ['an unknown id alone', 'nobody', undefined],
    ['no id', '', 'right'],
    ['an endless id', 'x'.repeat(256), 'right'],
    ['an endless secret', 'confidential', 'x'.repeat(256)],
  ])('is refused with %s, always in the same words (RFC 6749 §5.2 invalid_client)', async (_what, id, secret) => {
    const { as, failures, events } = createFixture()
    const refused = await refusalOf(as(id, secret))
    expect(refused).toMatchObject({ code: 'invalid_client', description: 'client authentication failed' })
    expect(failures).toEqual([`${id} 192.0.2.1`])
    expect(events).toEqual([{ type: 'authentication_failed', subject: 'client', limited: false }])
  })

  it('is not even looked for when what it shows cannot be right', async () => {
    const { as, looked } = createFixture()
    for (const [id, secret] of [
      ['', 'x'],
      ['x'.repeat(256), 'x'],
      ['confidential', 'x'.repeat(256)],
    ] as const)
      await refusalOf(as(id, secret))
    expect(looked).toEqual([])
  })

  it('is put off after too many failures, right or wrong, and that is no failure more', async () => {
    const { as, failures, events, looked } = createFixture(17)
    for (const secret of ['right', 'wrong']) expect(await refusalOf(as('confidential', secret))).toMatchObject({ code: 'slow_down', retryAfter: 17 })
    expect([failures, looked]).toEqual([[], []])
    expect(events[0]).toEqual({ type: 'authentication_failed', subject: 'client', limited: true })
  })

  it('is neither accepted nor blamed while the store is away', async () => {
    const failures: string[] = []
    const authenticate = createClientAuthentication({
      findClient: () => Promise.reject(new StoreUnavailable('database')),
      secret: () => KEY,
      failures: { retryAfter: async () => undefined, countFailure: async (name) => void failures.push(name) },
      events: () => undefined,
    })
    await expect(authenticate({ clientId: 'confidential', clientSecret: 'right', address: '::1' })).rejects.toThrow(StoreUnavailable)
    expect(failures).toEqual([])
  })
})
