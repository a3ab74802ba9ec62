import { createHash } from 'node:crypto'
import type { RevocationEntry } from '../../src/model/revocation-entry.js'
import { formatBinarySnapshot, parseBinarySnapshot } from '../../src/verification/binary-snapshot.js'
import { formatEntry, parseEntry } from '../../src/verification/feed-entry.js'
import { formatDigests, formatHeartbeat, parseDigests, parseHeartbeat } from '../../src/verification/feed-message.js'
import { bodyHash, heartbeatContent, snapshotContent, verifyFeedSignature } from '../../src/verification/feed-signature.js'
import { type BucketSums, bucketOf, canonicalEntry, createLogDigest } from '../../src/verification/log-digest.js'
import { parsePublicKeySet } from '../../src/verification/public-jwk.js'
import { parseSnapshot } from '../../src/verification/snapshot-message.js'
import { readFeedVectors } from '../vectors/feed/read-vectors.js'
import { formatSnapshot } from './format-snapshot.js'

const vectors = readFeedVectors()
const binary = Buffer.from(vectors.snapshot.binary, 'base64')

describe('the vectors of the feed agree with this code about', () => {
  it.each(vectors.entries)('the canonical form, the hash and the bucket of $entry', ({ entry, canonical, sha256, bucket }) => {
    const parsed = parseEntry(entry)
    expect(formatEntry(parsed)).toBe(JSON.stringify(entry))
    expect(canonicalEntry(parsed)).toBe(canonical)
    expect(createHash('sha256').update(canonicalEntry(parsed)).digest('hex')).toBe(sha256)
    expect(bucketOf(parsed.expires)).toBe(bucket)
  })

  it('what the log adds up to', () => {
    const digest = createLogDigest()
    for (const { entry } of vectors.entries) digest.add(parseEntry(entry))
    for (const [from, sum] of Object.entries(vectors.digests.sums)) expect(digest.sum(Number(from))).toEqual({ fromBucket: Number(from), sum })
    const document = parseDigests(vectors.digests.text)
    expect({ ...document, ...digest.sums(document.fromBucket) }).toEqual(document)
    expect(formatDigests(document)).toBe(vectors.digests.text)
  })

  it('the heartbeat', () => {
    const head = parseHeartbeat(vectors.heartbeat.text)
    expect(formatHeartbeat(head)).toBe(vectors.heartbeat.text)
    expect(heartbeatContent(vectors.issuer, head)).toBe(vectors.heartbeat.content)
  })

  it('every form of the snapshot, byte by byte', async () => {
    const snapshot = parseSnapshot(vectors.snapshot.json)
    expect(formatSnapshot('json', snapshot)).toBe(vectors.snapshot.json)
    expect(formatSnapshot('lines', snapshot)).toBe(vectors.snapshot.lines)
    const { entries, ...head } = snapshot
    expect(formatBinarySnapshot({ ...head, digests: head.digests as BucketSums }, entries)).toEqual(binary)
    const read: RevocationEntry[] = []
    expect({ ...(await parseBinarySnapshot(inPieces(binary, 7), (entry) => read.push(entry))), entries: read }).toEqual(snapshot)
  })

  it('what is signed of a snapshot', () => {
    const { json, lines } = vectors.snapshot
    const contentOf = (body: Uint8Array): string => snapshotContent(vectors.issuer, bodyHash(body))
    expect(contentOf(Buffer.from(json))).toBe(vectors.snapshot.jsonContent)
    expect(contentOf(Buffer.from(lines))).toBe(vectors.snapshot.linesContent)
    expect(contentOf(binary)).toBe(vectors.snapshot.binaryContent)
  })

  it.each(vectors.signatures)('the signature $alg of a $type', async (signed) => {
    const rules = { algorithms: ['ES256', 'EdDSA'], findKey: parsePublicKeySet(vectors.jwks).find }
    expect(await verifyFeedSignature(signed, rules)).toBe('good')
    expect(await verifyFeedSignature({ ...signed, content: `${signed.content} ` }, rules)).toBe('bad_signature')
  })
})

async function* inPieces(bytes: Buffer, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
