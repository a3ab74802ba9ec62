import { clientId, userId } from '../../src/model/ids.js'
import { NEVER, type RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds, seconds } from '../../src/model/time.js'
import type { LoggedRevocation } from '../../src/stores/outbox-store.js'
import { isOver, translate } from '../../src/wso2/translate.js'

const settings = { maxClockSkew: seconds(5), grantEvents: true }
const head = { eventId: expect.stringMatching(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/), timeStamp: 1_800_000_000_000 }
const tenant = { tenantId: -1234, tenantDomain: 'carbon.super' }

function line(entry: Partial<RevocationEntry> & Pick<RevocationEntry, 'kind'>, owner?: LoggedRevocation['owner']): LoggedRevocation {
  const { kind } = entry
  const whole = { seq: 7, id: `${kind}-1`, cutoff: undefined, expires: epochSeconds(1_800_004_200), ...entry }
  return { entry: whole, createdAt: epochSeconds(1_800_000_000), owner }
}

function bodyOf(one: LoggedRevocation): unknown {
  const translation = translate(one, settings)
  return translation.kind === 'event' ? translation.body : translation
}

describe('an entry, as WSO2 is told of it,', () => {
  const user = { clientId: clientId('c'), userId: userId('u') }

  it('names a token by its jti, with its end in milliseconds and whose it was', () => {
    const told = { type: 'token_revocation', accessToken: 'token-1', expiryTime: 1_800_004_200_000, user: 'u', consumerKey: 'c', tokenType: 'JWT' }
    expect(bodyOf(line({ kind: 'token' }, user))).toEqual({ ...head, ...tenant, ...told })
  })

  it('leaves no field of a token away: their handler fails on a consumer key that is absent', () => {
    expect(bodyOf(line({ kind: 'token' }))).toMatchObject({ user: '', consumerKey: '' })
  })

  it('cuts a client off at the last millisecond of the second, since they want tokens to be issued before it', () => {
    const told = { type: 'consumer_app_revocation_event', consumerKey: 'client-1', revocationTime: 1_800_000_005_999, organization: 'carbon.super' }
    expect(bodyOf(line({ kind: 'client', cutoff: epochSeconds(1_800_000_005) }))).toEqual({ ...head, ...tenant, ...told })
  })

  it('cuts a user off by the user id', () => {
    expect(bodyOf(line({ kind: 'subject', cutoff: epochSeconds(1_800_000_005) }))).toEqual({
      ...head,
      ...tenant,
      type: 'subject_entity_revocation_event',
      entityId: 'subject-1',
      entityType: 'USER_ID',
      revocationTime: 1_800_000_005_999,
      organization: 'carbon.super',
    })
  })

  it.each(['client', 'subject'] as const)('shuts a %s without a cut-off until a time that all their databases can hold', (kind) => {
    expect(bodyOf(line({ kind }))).toMatchObject({ revocationTime: Date.UTC(2037, 11, 31, 23, 59, 59, 999) })
    expect(bodyOf(line({ kind, cutoff: epochSeconds(4_000_000_000) }))).toMatchObject({ revocationTime: Date.UTC(2037, 11, 31, 23, 59, 59, 999) })
  })

  it('is one of the user for a grant, up to when a clock may have dated its tokens', () => {
    const told = { type: 'subject_entity_revocation_event', entityId: 'u', entityType: 'USER_ID', revocationTime: 1_800_000_006_999 }
    expect(bodyOf(line({ kind: 'grant' }, user))).toMatchObject(told)
  })

  it('is one of what the client has for itself for a grant of an application', () => {
    const told = { type: 'subject_entity_revocation_event', entityId: 'c', entityType: 'CLIENT_ID' }
    expect(bodyOf(line({ kind: 'grant' }, { clientId: clientId('c'), userId: undefined }))).toMatchObject(told)
  })

  it('is none for a key, for a grant that nobody knows, and for any grant where that is turned off', () => {
    expect(bodyOf(line({ kind: 'key', expires: NEVER }))).toEqual({ kind: 'untold', reason: 'key' })
    expect(bodyOf(line({ kind: 'grant' }))).toEqual({ kind: 'untold', reason: 'owner_unknown' })
    expect(translate(line({ kind: 'grant' }, user), { ...settings, grantEvents: false })).toEqual({ kind: 'untold', reason: 'grant_events_off' })
  })

  it('is one for each client for all', () => {
    const translation = translate(line({ kind: 'all', id: '', cutoff: epochSeconds(1_800_000_005) }), settings)
    if (translation.kind !== 'every client') throw new Error(translation.kind)
    expect(translation.bodyFor('c')).toMatchObject({ type: 'consumer_app_revocation_event', consumerKey: 'c', revocationTime: 1_800_000_005_999 })
    expect(translation.bodyFor('c').eventId).not.toBe(translation.bodyFor('d').eventId)
  })

  it('has an id that is the same each time, and no other entry’s', () => {
    const idOf = (seq: number) => (bodyOf(line({ kind: 'token', seq })) as { eventId: string }).eventId
    expect(idOf(7)).toBe(idOf(7))
    expect(idOf(8)).not.toBe(idOf(7))
  })
})

describe('an entry', () => {
  it('is over once it can hit no token, and one that never leaves is never over', () => {
    expect(isOver(line({ kind: 'token', expires: epochSeconds(10) }), 10)).toBe(false)
    expect(isOver(line({ kind: 'token', expires: epochSeconds(10) }), 11)).toBe(true)
    expect(isOver(line({ kind: 'key', expires: NEVER }), NEVER + 1)).toBe(false)
  })
})
