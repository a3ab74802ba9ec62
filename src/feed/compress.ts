import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'

/** Content codings (RFC 9110 §8.4.1, RFC 7932). */
export type Coding = 'gzip' | 'br'

/** Half of a snapshot is random digits that nothing makes smaller: more effort costs time and gains hardly anything. */
const EFFORT = 4
const CHUNK = 64 * 1024

/** Outside of this thread, a piece at a time. */
export async function compress(pieces: readonly Buffer[], coding: Coding): Promise<readonly Buffer[]> {
  const packer =
    coding === 'gzip'
      ? createGzip({ level: EFFORT, chunkSize: CHUNK })
      : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: EFFORT }, chunkSize: CHUNK })
  const packed: Buffer[] = []
  await pipeline(Readable.from(pieces), packer, async (source: AsyncIterable<Buffer>) => {
    for await (const piece of source) packed.push(piece)
  })
  return packed
}
