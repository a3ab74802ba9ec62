import type { Authorization } from '../../src/model/authorization.js'
import { grantId, subject } from '../../src/model/ids.js'
import { epochSeconds } from '../../src/model/time.js'
import { aClient } from '../stores/opened-stores.js'

export const GRANT = '7b2d8c52-41c5-49c8-8f0f-0a0a0a0a0a0a'

/** Of the application itself. */
export const anAuthorization = (changes: Partial<Authorization> = {}): Authorization => ({
  client: aClient(),
  subject: subject('client-1'),
  authorizedType: 'APPLICATION',
  username: undefined,
  scopes: ['read', 'write'],
  audience: ['https://api.example'],
  grantId: grantId(GRANT),
  grantedAt: epochSeconds(1_799_999_000),
  grantType: 'client_credentials',
  ...changes,
})
