import { ExtendedJwtTokenIssuer } from '../../src/issuers/extended-jwt-token-issuer.js'
import { loadOwnIssuer } from '../../src/main/load-own-issuer.js'

const place = { file: 'deployment.toml', line: 7, key: 'oauth.extensions.token_types.issuer' }
const settings = { module: '/etc/jeton/issuer.js', timeoutMs: 250, place }

class Mine extends ExtendedJwtTokenIssuer {
  override claims() {
    return { mine: true }
  }
}
class Yours extends ExtendedJwtTokenIssuer {}

const load = (exported: Readonly<Record<string, unknown>>) => loadOwnIssuer(settings, async () => exported)

async function problemOf(exported: Readonly<Record<string, unknown>>): Promise<string> {
  const loaded = await load(exported)
  if (loaded.ok) throw new Error('was loaded')
  expect(loaded.problem).toMatchObject(place)
  return loaded.problem.message
}

describe('the module of an issuer of the operator’s own', () => {
  it('is imported by its URL, and its class is made', async () => {
    const urls: string[] = []
    const loaded = await loadOwnIssuer({ ...settings, module: '/etc/jeton/my issuer#1.js' }, async (url) => {
      urls.push(url)
      return { default: Mine }
    })
    expect(urls).toEqual(['file:///etc/jeton/my%20issuer%231.js'])
    expect(loaded).toMatchObject({ ok: true, ownIssuer: { issuer: new Mine(), timeoutMs: 250 } })
  })

  it.each([
    ['its default export', { default: Mine, settings: {} }],
    ['a named one', { settings: {}, Mine }],
    ['the default one of several', { default: Mine, Mine, Yours }],
    ['the same by two names', { Mine, Issuer: Mine }],
    ['one of a class between', { Sub: class extends Mine {} }],
  ])('may have the class as %s', async (_, exported) => {
    expect(await load(exported)).toMatchObject({ ok: true, ownIssuer: { issuer: expect.any(Mine) } })
  })

  it.each([
    ['exports nothing', {}],
    ['exports no class', { default: new Mine(), claims: () => ({}), nothing: null }],
    ['exports a class that does not extend ExtendedJwtTokenIssuer', { default: class {} }],
    ['only hands ExtendedJwtTokenIssuer on', { ExtendedJwtTokenIssuer }],
  ])('is a problem of the configuration when it %s', async (_, exported) => {
    expect(await problemOf(exported)).toBe('the module cannot be used: it exports no class that extends ExtendedJwtTokenIssuer of jeton/issuer')
  })

  it('is a problem when it leaves open which class is meant', async () => {
    expect(await problemOf({ Mine, Yours })).toContain('it exports several classes')
  })

  it('is a problem when its class cannot be made, or it cannot be loaded', async () => {
    const broken = class extends ExtendedJwtTokenIssuer {
      constructor() {
        super()
        throw new Error('there is no directory; password=hunter2')
      }
    }
    const message = await problemOf({ broken })
    expect(message).toContain('there is no directory')
    expect(message).not.toContain('hunter2')
    expect(await loadOwnIssuer(settings, () => Promise.reject(new SyntaxError('Unexpected token')))).toEqual({
      ok: false,
      problem: { ...place, message: 'the module cannot be used: Unexpected token' },
    })
  })
})
