import { type KeyObject, sign } from 'node:crypto'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { epochSeconds } from '../../src/model/time.js'
import { BINARY_TYPE, formatBinarySnapshot } from '../../src/verification/binary-snapshot.js'
import { type FeedHead, formatHeartbeatEvent } from '../../src/verification/feed-message.js'
import { bodyHash, heartbeatContent, snapshotContent } from '../../src/verification/feed-signature.js'
import { createLogDigest } from '../../src/verification/log-digest.js'
import { pair } from '../verification/signed-tokens.js'
import { EPOCH, type raw } from './scripted-server.js'

export const BUCKET = Math.floor(Date.now() / 3_600_000)

/** A JWS with detached content, as the server makes it. */
export function detached(type: string, content: string, key: KeyObject = pair.privateKey, kid = 'k1'): string {
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid, typ: type })).toString('base64url')
  const input = `${header}.${Buffer.from(content).toString('base64url')}`
  return `${header}..${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function digestOf(log: readonly RevocationEntry[]) {
  const digest = createLogDigest()
  for (const entry of log) digest.add(entry)
  return digest
}

/** What the server has in its log, and how it tells of it. */
export function signedFeed(issuer: string, key: KeyObject = pair.privateKey) {
  return {
    snapshot(seq: number, log: readonly RevocationEntry[] = [], epoch = EPOCH): ReturnType<typeof raw> {
      const head = { epoch, seq, generatedAt: epochSeconds(Math.floor(Date.now() / 1000)), digests: digestOf(log).sums(BUCKET) }
      const body = formatBinarySnapshot(head, log)
      const signature = detached('jeton-snapshot', snapshotContent(issuer, bodyHash(body)), key)
      return (_request, response) => void response.writeHead(200, { 'content-type': BINARY_TYPE, 'jeton-signature': signature }).end(body)
    },
    heartbeat(seq: number, log: readonly RevocationEntry[] = [], parts: Partial<FeedHead> = {}): string {
      const timeMs = Date.now()
      const head = { epoch: EPOCH, seq, confirmedAtMs: timeMs, timeMs, digest: digestOf(log).sum(BUCKET), ...parts }
      return formatHeartbeatEvent({ signature: detached('jeton-heartbeat', heartbeatContent(issuer, head), key), ...head })
    },
  }
}
