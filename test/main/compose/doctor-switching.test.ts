import { checkLifetimes, checkOpaqueApplications, checkPortals } from '../../../src/main/compose/doctor-switching.js'
import type { Client } from '../../../src/model/client.js'
import { seconds } from '../../../src/model/time.js'
import { settingsOf } from '../../config/loading.js'
import { aClient } from '../../stores/opened-stores.js'

/** A store that notes how much it was asked for at once. */
function storeOf(clients: readonly Client[]) {
  const limits: number[] = []
  const sorted = clients.toSorted((one, other) => (one.id < other.id ? -1 : 1))
  const list = async (after: string, limit: number) => {
    limits.push(limit)
    return sorted.filter(({ id }) => id > after).slice(0, limit)
  }
  return { limits, list }
}

const opaque = (place: number): Client => aClient(`c${String(place).padStart(5, '0')}`, { name: `legacy ${place}`, tokenType: 'OAUTH' })

describe('applications with opaque tokens', () => {
  it('are no matter where there is none', async () => {
    expect(await checkOpaqueApplications(storeOf([]))).toMatchObject({ ok: true })
    expect(await checkOpaqueApplications(storeOf([aClient('a'), aClient('b')]))).toMatchObject({ ok: true })
  })

  it('are counted and named, with what to do', async () => {
    const check = await checkOpaqueApplications(storeOf([aClient('a'), opaque(1), opaque(2)]))
    expect(check).toMatchObject({ name: 'opaque applications', ok: false })
    expect(check.message).toBe('opaque tokens, which are always stored, are had by 2 applications: legacy 1, legacy 2')
    expect(check.remedy).toContain('jeton apps migrate --to JWT')
    expect((await checkOpaqueApplications(storeOf([opaque(7)]))).message).toMatch(/ 1 application: legacy 7$/)
  })

  it('are named up to ten, and all counted, in pages', async () => {
    const store = storeOf(
      Array.from({ length: 2500 }, (_, place) => (place % 100 === 0 ? opaque(place) : aClient(`c${String(place).padStart(5, '0')}`))),
    )
    const { message } = await checkOpaqueApplications(store)
    expect(message).toMatch(/ 25 applications: legacy 0, legacy 100, .*legacy 900 and 15 more$/)
    expect(store.limits).toEqual([1000, 1000, 1000])
  })

  it('end with a page that is exactly full', async () => {
    expect((await checkOpaqueApplications(storeOf(Array.from({ length: 1000 }, (_, place) => opaque(place))))).message).toMatch(
      / 1000 applications: /,
    )
  })
})

describe('the portals', () => {
  it('stand in the way only where the file says that they want opaque tokens', () => {
    expect(checkPortals(settingsOf(''))).toMatchObject({ ok: true })
    expect(checkPortals(settingsOf('apim.oauth_config.enable_jwt_for_portals = true'))).toMatchObject({ ok: true })
    const check = checkPortals(settingsOf('apim.oauth_config.enable_jwt_for_portals = false'))
    expect(check).toMatchObject({ ok: false, message: expect.stringContaining('enable_jwt_for_portals'), remedy: expect.any(String) })
  })
})

describe('lifetimes', () => {
  const check = (lifetimes: string, clients: readonly Client[] = []) =>
    checkLifetimes(settingsOf(`[oauth.token_validation]\n${lifetimes}`), storeOf(clients))

  it.each(['', 'app_access_token_validity = "1d"\nuser_access_token_validity = "24h"\nrefresh_token_validity = "30d"'])(
    'are short enough at most by the limits: %j',
    async (lifetimes) => {
      expect(await check(lifetimes, [aClient('a', { lifetimes: { refreshToken: seconds(30 * 86_400) } })])).toMatchObject({
        name: 'lifetimes',
        ok: true,
      })
    },
  )

  it.each([
    [
      'app_access_token_validity = 86401',
      'access tokens of applications live 86401s (oauth.token_validation.app_access_token_validity), more than 1d',
    ],
    ['user_access_token_validity = "36h"', 'access tokens of users live 36h (oauth.token_validation.user_access_token_validity), more than 1d'],
    ['refresh_token_validity = "90d"', 'refresh tokens live 90d (oauth.token_validation.refresh_token_validity), more than 30d'],
  ])('are named with their key and the reason where they are longer: %s', async (lifetimes, named) => {
    const { ok, message, remedy } = await check(lifetimes)
    expect([ok, message.startsWith(named), message.includes('in memory until the token has expired'), remedy !== undefined]).toEqual([
      false,
      true,
      true,
      true,
    ])
  })

  it('are named where an application has its own', async () => {
    const clients = [aClient('a', { name: 'slow', lifetimes: { userAccessToken: seconds(86_401) } }), aClient('b', { name: 'quick' })]
    const { ok, message } = await check('', clients)
    expect([ok, message.startsWith('more than 1d for access tokens or 30d for refresh tokens are set for 1 application: slow: ')]).toEqual([
      false,
      true,
    ])
  })

  it('are all named at once', async () => {
    const { message } = await check('app_access_token_validity = "2d"\nrefresh_token_validity = "1000d"', [
      aClient('a', { name: 'slow', lifetimes: { refreshToken: seconds(31 * 86_400) } }),
    ])
    expect(message).toMatch(/app_access.*refresh_token.*slow/)
  })
})
