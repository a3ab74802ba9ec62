import type { FeedHead } from '../verification/feed-message.js'
import { type FeedSignatureType, heartbeatContent, snapshotContent, verifyFeedSignature } from '../verification/feed-signature.js'
import { ACCESS_ALGORITHMS } from '../verification/jws-signature.js'
import type { FindPublicKey } from '../verification/verify-access-token.js'

/** A message of the feed that the issuer did not sign. */
export class UntrustedMessage extends Error {
  override readonly name = 'UntrustedMessage'
}

/** Judges whether messages of the feed are the issuer's. Both @throws UntrustedMessage, or ServerUnavailable when the keys cannot be had. */
export interface FeedTrust {
  snapshot(signature: string | undefined, sha256: Uint8Array): Promise<void>
  heartbeat(head: FeedHead): Promise<void>
  /** From now on a signature is required: this server is known to sign. */
  require(): void
}

export interface TrustRules {
  readonly issuer: string
  /** Whether messages without a signature are refused from the beginning. */
  readonly isSignatureRequired: boolean
  readonly findKey: FindPublicKey
}

/** From the first good signature on, every message has to have one: whoever leaves them out is not the server that signs. */
export function createFeedTrust({ issuer, isSignatureRequired, findKey }: TrustRules): FeedTrust {
  let isRequired = isSignatureRequired

  async function judge(signature: string | undefined, type: FeedSignatureType, content: string): Promise<void> {
    if (signature === undefined) {
      if (isRequired) throw new UntrustedMessage(`a ${type} without a signature`)
      return
    }
    const verdict = await verifyFeedSignature({ signature, type, content }, { algorithms: ACCESS_ALGORITHMS, findKey })
    if (verdict !== 'good') throw new UntrustedMessage(`a ${type} whose signature is not the issuer's (${verdict})`)
    isRequired = true
  }

  return {
    snapshot: (signature, sha256) => judge(signature, 'jeton-snapshot', snapshotContent(issuer, sha256)),
    require() {
      isRequired = true
    },
    heartbeat: (head) => judge(head.signature, 'jeton-heartbeat', heartbeatContent(issuer, head)),
  }
}
