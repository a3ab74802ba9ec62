import { createGrantBeginning, type FindCutoff } from '../../src/grants/new-grant.js'
import { epochSeconds } from '../../src/model/time.js'
import { anAuthorization } from '../issuers/an-authorization.js'
import { StillClock } from '../still-clock.js'

const NOW = new StillClock().now()
const begin = (findCutoff: FindCutoff) => createGrantBeginning(findCutoff, new StillClock())(anAuthorization())

describe('a new grant', () => {
  it('has an id of its own, a random UUID, and the second it was made', () => {
    const grants = Array.from({ length: 20 }, () => begin(() => undefined))
    expect(new Set(grants.map(({ grantId }) => grantId)).size).toBe(20)
    for (const { grantId, grantedAt } of grants) {
      expect(grantId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      expect(grantedAt).toBe(NOW)
    }
  })

  it.each([
    { what: 'a cut-off ahead, by the allowed skew', cutoff: NOW + 5, grantedAt: NOW + 6 },
    { what: 'a cut-off in this very second', cutoff: NOW, grantedAt: NOW + 1 },
    { what: 'a cut-off that has passed', cutoff: NOW - 1, grantedAt: NOW },
  ])('is not born dead: with $what', ({ cutoff, grantedAt }) => {
    expect(begin(() => epochSeconds(cutoff)).grantedAt).toBe(grantedAt)
  })

  it('is refused where everything of its subject or client is', () => {
    expect(() => begin(() => 'open')).toThrow(expect.objectContaining({ code: 'invalid_grant' }))
  })

  it('asks for the cut-offs of its client and subject', () => {
    const asked: unknown[] = []
    begin((token) => {
      asked.push(token)
      return undefined
    })
    expect(asked).toEqual([{ clientId: 'client-1', subject: 'client-1', authorizedType: 'APPLICATION' }])
  })
})
