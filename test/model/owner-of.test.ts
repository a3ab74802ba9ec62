import { clientId, subject } from '../../src/model/ids.js'
import { ownerOf } from '../../src/model/revocation-entry.js'

describe('the owner of a token', () => {
  const token = { clientId: clientId('c'), subject: subject('s') }

  it('is its user, at its client', () => {
    expect(ownerOf({ ...token, authorizedType: 'APPLICATION_USER' })).toEqual({ clientId: 'c', userId: 's' })
  })

  it('is its client alone where that acts for itself', () => {
    expect(ownerOf({ ...token, authorizedType: 'APPLICATION' })).toEqual({ clientId: 'c', userId: undefined })
  })
})
