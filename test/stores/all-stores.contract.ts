import { applicationStoreContract } from './application-store.contract.js'
import { changeHeadsContract } from './change-heads.contract.js'
import { clientStoreContract } from './client-store.contract.js'
import { closedDatabaseContract } from './closed-database.contract.js'
import { grantBatchesContract } from './grant-batches.contract.js'
import { grantStoreContract } from './grant-store.contract.js'
import { issueTokenContract } from './issue-token.contract.js'
import { keyStoreContract } from './key-store.contract.js'
import { leaseStoreContract } from './lease-store.contract.js'
import { nodeStoreContract } from './node-store.contract.js'
import type { OpenStores } from './opened-stores.js'
import { outboxStoreContract } from './outbox-store.contract.js'
import { purgeRunsContract } from './purge-runs.contract.js'
import { purgeTargetsContract } from './purge-targets.contract.js'
import { revocationLogContract } from './revocation-log.contract.js'
import { storedTokenStoreContract } from './stored-token-store.contract.js'
import { tokenCleanupContract } from './token-cleanup.contract.js'
import { userStoreContract } from './user-store.contract.js'

/** Every promise of every store, for one technology. */
export function allStoresContract(name: string, open: OpenStores): void {
  clientStoreContract(name, open)
  applicationStoreContract(name, open)
  userStoreContract(name, open)
  keyStoreContract(name, open)
  grantStoreContract(name, open)
  grantBatchesContract(name, open)
  storedTokenStoreContract(name, open)
  issueTokenContract(name, open)
  tokenCleanupContract(name, open)
  revocationLogContract(name, open)
  outboxStoreContract(name, open)
  changeHeadsContract(name, open)
  leaseStoreContract(name, open)
  nodeStoreContract(name, open)
  purgeRunsContract(name, open)
  purgeTargetsContract(name, open)
  closedDatabaseContract(name, open)
}
