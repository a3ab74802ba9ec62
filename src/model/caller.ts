import type { Subject } from './ids.js'
import { isReservedScope, type Scopes } from './scope.js'

/** Who asks, by a token that was meant for this server. */
export interface Caller {
  readonly subject: Subject
  /** Of the token. */
  readonly scopes: Scopes
}

/** What WSO2 names where an application asks for no scope: they open nothing. */
const EMPTY_SCOPES: Scopes = ['default', 'am_application_scope']
const MANAGING: Scopes = ['apim:app_manage', 'apim:admin', 'jeton:admin', 'internal_dcr_create', 'internal_dcr_update']

/** Whether the caller may see and change what `owner` has registered. */
export function isOwnedBy({ subject, scopes }: Caller, owner: Subject | undefined): boolean {
  return subject === owner || seesEverybodys({ scopes })
}

/** Whether the caller is not limited to what is its own. */
export function seesEverybodys({ scopes }: Pick<Caller, 'scopes'>): boolean {
  return scopes.includes('apim:admin')
}

/** Whether the caller may register a client that is allowed this scope: Jeton's own are an operator's to give, others those of who manages applications. */
export function mayGiveScope({ scopes }: Pick<Caller, 'scopes'>, scope: string): boolean {
  if (isReservedScope(scope)) return scopes.includes('jeton:admin')
  return EMPTY_SCOPES.includes(scope) || scopes.includes(scope) || MANAGING.some((managing) => scopes.includes(managing))
}
