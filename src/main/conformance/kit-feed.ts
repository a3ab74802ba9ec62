import { createPrivateKey } from 'node:crypto'
import { createFeedSigner } from '../../feed/feed-signer.js'
import { createSigner } from '../../keys/sign.js'
import type { RevocationEntry } from '../../model/revocation-entry.js'
import { epochSeconds } from '../../model/time.js'
import { formatEntry, parseEntry } from '../../verification/feed-entry.js'
import { formatHeartbeatEvent, formatRevocationEvent } from '../../verification/feed-message.js'
import { bodyHash, heartbeatContent, snapshotContent } from '../../verification/feed-signature.js'
import { bucketOf, createLogDigest } from '../../verification/log-digest.js'
import { SNAPSHOT_FRAMES } from '../../verification/snapshot-message.js'
import type { Kit } from './kit.js'

/** The revocation log of the kit, and what the feed says of it. */
export interface KitFeed {
  /** @returns the event. */
  add(entry: object): string
  /** Events after this place. */
  since(seq: number): string
  heartbeat(): string
  snapshot(): { readonly body: string; readonly signature: string }
  /** What it would have said before anything was revoked. */
  oldSnapshot(): { readonly body: string; readonly signature: string }
}

const SIGNS = 'es-1'

export function createKitFeed({ issuer, keys }: Pick<Kit, 'issuer' | 'keys'>, nowMs: () => number): KitFeed {
  const epoch = String(Math.floor(nowMs()))
  const log: RevocationEntry[] = []
  const digest = createLogDigest()
  const key = createPrivateKey({ key: keys[SIGNS] ?? {}, format: 'jwk' })
  const header = (typ: string): string => Buffer.from(JSON.stringify({ alg: 'ES256', kid: SIGNS, typ })).toString('base64url')
  const signer = createFeedSigner(issuer, () => ({ header, sign: createSigner('ES256', key) }))
  const bucket = (): number => bucketOf(nowMs() / 1000)

  function snapshotOf(entries: readonly RevocationEntry[], sums: ReturnType<typeof digest.sums>): ReturnType<KitFeed['snapshot']> {
    const head = { epoch, seq: entries.at(-1)?.seq ?? 0, generatedAt: epochSeconds(Math.floor(nowMs() / 1000)), digests: sums }
    const { begin, between, end } = SNAPSHOT_FRAMES.lines
    // Of two with the same kind and id only the later one is in force.
    const inForce = entries.filter(({ kind, id }, at) => !entries.slice(at + 1).some((other) => other.kind === kind && other.id === id))
    const body = `${begin(head)}${inForce.map(formatEntry).join(between)}${end(inForce.length)}`
    return { body, signature: signer.sign('jeton-snapshot', snapshotContent(issuer, bodyHash(Buffer.from(body)))) }
  }

  return {
    add(part) {
      const entry = parseEntry({ ...part, seq: log.length + 1 })
      log.push(entry)
      digest.add(entry)
      return formatRevocationEvent(epoch, entry)
    },
    since: (seq) =>
      log
        .slice(seq)
        .map((entry) => formatRevocationEvent(epoch, entry))
        .join(''),
    heartbeat() {
      const timeMs = Math.round(nowMs())
      const head = { epoch, seq: log.length, confirmedAtMs: timeMs, timeMs, digest: digest.sum(bucket()) }
      return formatHeartbeatEvent({ ...head, signature: signer.sign('jeton-heartbeat', heartbeatContent(issuer, head)) })
    },
    snapshot: () => snapshotOf(log, digest.sums(bucket())),
    oldSnapshot: () => snapshotOf([], createLogDigest().sums(bucket())),
  }
}
