import type { SigningKey } from '../keys/key-ring.js'
import type { FeedSignatureType } from '../verification/feed-signature.js'

/** What signs for the feed. */
export interface FeedSigner {
  readonly issuer: string
  /** A JWS with detached content (RFC 7515 appendix F). @throws StoreUnavailable when there is no key. */
  sign(type: FeedSignatureType, content: string): string
}

/** Signs with the key that signs access tokens at that moment: gateways have its public half. */
export function createFeedSigner(issuer: string, signingKey: () => Pick<SigningKey, 'header' | 'sign'>): FeedSigner {
  return {
    issuer,
    sign(type, content) {
      const key = signingKey()
      const header = key.header(type)
      return `${header}..${key.sign(`${header}.${Buffer.from(content).toString('base64url')}`)}`
    },
  }
}
