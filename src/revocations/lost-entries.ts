import { clientId, grantId, keyId, tokenId, userId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Heads } from '../stores/change-heads.js'
import type { NewRevocation } from '../stores/revocation-log.js'
import type { RevocationSet } from '../verification/revocation-set.js'

/** What the restored log has lost of the entries this process knows. */
export function lostEntries(set: RevocationSet, heads: Heads): readonly NewRevocation[] {
  return [...set.entries()].filter((entry) => entry.seq > heads.seq).map(asNew)
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
