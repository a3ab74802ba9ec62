import { readFileSync } from 'node:fs'
import type { JSONWebKeySet } from 'jose'

/** What other implementations can be tried with: made by other code than that which is tested. */
export interface FeedVectors {
  readonly issuer: string
  /** Every entry of a log, the first of them replaced by a later one. */
  readonly entries: readonly { readonly entry: object; readonly canonical: string; readonly sha256: string; readonly bucket: number }[]
  /** `sums`: what the log adds up to, by the bucket from which on. */
  readonly digests: { readonly text: string; readonly sums: Readonly<Record<string, string>> }
  readonly heartbeat: { readonly text: string; readonly content: string }
  /** `binary` in base64. */
  readonly snapshot: Readonly<Record<'json' | 'jsonContent' | 'lines' | 'linesContent' | 'binary' | 'binaryContent', string>>
  readonly jwks: JSONWebKeySet
  readonly signatures: readonly {
    readonly alg: string
    readonly type: 'jeton-heartbeat' | 'jeton-snapshot'
    readonly content: string
    readonly signature: string
  }[]
}

export function readFeedVectors(): FeedVectors {
  return JSON.parse(readFileSync(new URL('feed.json', import.meta.url), 'utf8')) as FeedVectors
}
