import { clientId, grantId, keyId, tokenId, userId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { ChangeHeads, Heads } from '../stores/change-heads.js'
import type { NewRevocation, RevocationLog } from '../stores/revocation-log.js'
import type { RevocationSet } from '../verification/revocation-set.js'

/**
 * The database's head is behind what this process has already applied: it was restored from before. Begins a new epoch
 * whose numbers continue after the known ones, and writes again what the restored log has lost.
 * @returns how many entries were written again.
 * @throws StoreUnavailable
 */
export async function healRestoredLog(
  { log, changeHeads, set }: { readonly log: RevocationLog; readonly changeHeads: ChangeHeads; readonly set: RevocationSet },
  heads: Heads,
  position: number,
): Promise<number> {
  const lost = [...set.entries()].filter((entry) => entry.seq > heads.seq).map(asNew)
  await changeHeads.startEpoch(heads.epoch, position)
  if (lost.length > 0) await log.append(lost)
  return lost.length
}

function asNew(entry: RevocationEntry): NewRevocation {
  switch (entry.kind) {
    case 'token':
      return { kind: 'token', id: tokenId(entry.id), expiresAt: entry.expires }
    case 'grant':
      return { kind: 'grant', id: grantId(entry.id) }
    case 'key':
      return { kind: 'key', id: keyId(entry.id) }
    case 'subject':
      return { kind: 'subject', id: userId(entry.id), open: entry.cutoff === undefined }
    case 'client':
      return { kind: 'client', id: clientId(entry.id), open: entry.cutoff === undefined }
    case 'all':
      return { kind: 'all' }
  }
}
