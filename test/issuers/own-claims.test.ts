import { IssuerFailed } from '../../src/errors/operational-errors.js'
import { ExtendedJwtTokenIssuer, type TokenContext } from '../../src/issuers/extended-jwt-token-issuer.js'
import { createOwnClaims, type WithinTime } from '../../src/issuers/own-claims.js'
import { subject } from '../../src/model/ids.js'
import { aClient } from '../stores/opened-stores.js'
import { anAuthorization } from './an-authorization.js'

const inTime: WithinTime = (work) => work(new AbortController().signal)
const ofUser = { subject: subject('the-user'), authorizedType: 'APPLICATION_USER' } as const

/** Asks an issuer that notes what it is told. */
async function contextFor(changes: Parameters<typeof anAuthorization>[0], names: Readonly<Record<string, string>> = {}): Promise<TokenContext> {
  let told: TokenContext | undefined
  const issuer = {
    claims(context: TokenContext) {
      told = context
      return {}
    },
  }
  await createOwnClaims({ issuer, withinTime: inTime, findUsername: async (id) => names[id] })(anAuthorization(changes), 'client_credentials')
  if (told === undefined) throw new Error('was not asked')
  return told
}

const failureOf = async (issuer: Pick<ExtendedJwtTokenIssuer, 'claims'>, withinTime = inTime): Promise<IssuerFailed> =>
  createOwnClaims({ issuer, withinTime, findUsername: async () => undefined })(anAuthorization(), 'client_credentials').then(
    () => Promise.reject(new Error('did not fail')),
    (error: IssuerFailed) => error,
  )

describe('an issuer of the operator’s own', () => {
  it('is told what the token is for', async () => {
    const { signal, ...told } = await contextFor({ client: aClient('shop', { name: 'The shop' }) })
    expect(told).toEqual({
      clientId: 'shop',
      clientName: 'The shop',
      subject: 'client-1',
      username: undefined,
      kind: 'APPLICATION',
      scopes: ['read', 'write'],
      audience: ['https://api.example'],
      grantType: 'client_credentials',
    })
    expect(signal.aborted).toBe(false)
  })

  it('is told the name of the user, also where only the id is known, as at a refresh', async () => {
    expect(await contextFor({ ...ofUser, username: 'anna' })).toMatchObject({ kind: 'APPLICATION_USER', username: 'anna' })
    expect(await contextFor({ ...ofUser, username: undefined }, { 'the-user': 'anna' })).toMatchObject({ username: 'anna' })
    expect(await contextFor({ username: undefined }, { 'client-1': 'nobody' })).toMatchObject({ kind: 'APPLICATION', username: undefined })
  })

  it('changes nothing of Jeton’s by changing what it is told', async () => {
    const scopes = ['read']
    const told = await contextFor({ scopes })
    ;(told.scopes as string[]).push('admin')
    expect(scopes).toEqual(['read'])
  })

  it('adds nothing where it does not say what', async () => {
    const find = createOwnClaims({ issuer: new ExtendedJwtTokenIssuer(), withinTime: inTime, findUsername: async () => undefined })
    expect(await find(anAuthorization(), 'client_credentials')).toEqual({})
  })

  it.each([
    [
      'throws',
      () => {
        throw new RangeError('broken')
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('broken'))],
  ])('that %s fails for that token, with its cause for the log', async (_, claims) => {
    const failure = await failureOf({ claims })
    expect(failure).toBeInstanceOf(IssuerFailed)
    expect(failure.message).toContain('client-1')
    expect(failure.cause).toEqual(new RangeError('broken'))
  })

  it('that throws something with a status of its own decides no status of an answer', async () => {
    const failure = await failureOf({ claims: () => Promise.reject(Object.assign(new Error('not found'), { status: 404 })) })
    expect(failure).not.toHaveProperty('status')
  })

  it('that throws null fails as well', async () => {
    expect((await failureOf({ claims: () => Promise.reject(null) })).cause).toBeNull()
  })

  it('that gives a reserved claim, or nothing, fails', async () => {
    expect((await failureOf({ claims: () => ({ sub: 'root' }) })).cause).toEqual(new RangeError('the claims hold sub: reserved'))
    expect((await failureOf({ claims: () => undefined as never })).cause).toEqual(new TypeError('the claims are no object'))
  })

  it('fails when its time is up', async () => {
    const tooLate: WithinTime = () => Promise.reject(new Error('took longer'))
    expect((await failureOf({ claims: () => ({}) }, tooLate)).cause).toEqual(new Error('took longer'))
  })
})
