import { closeSync, openSync, readSync } from 'node:fs'

/** @throws when the file cannot be read or is longer than `limit` bytes. */
export type ReadFile = (path: string, limit: number) => Uint8Array

/** Whether a file of at most `limit` bytes can be read, and if not, why. */
export type CheckFile = (name: string, limit: number) => string | undefined

/** No certificate or key is longer. */
export const LONGEST_PEM = 1024 * 1024

export class FileTooLong extends Error {
  override readonly name = 'FileTooLong'
}

/** Reads a whole file, but never more than `limit` bytes, whatever the file is (a device has no end). */
export const readFileAtMost: ReadFile = (path, limit) => {
  const file = openSync(path, 'r')
  try {
    const content = Buffer.alloc(limit + 1)
    let length = 0
    for (let read = -1; read !== 0 && length <= limit; length += read) read = readSync(file, content, length, content.length - length, null)
    if (length > limit) throw new FileTooLong(`longer than ${limit} bytes`)
    return content.subarray(0, length)
  } finally {
    closeSync(file)
  }
}

/** Why a file could not be read, in a few words without any of its content. */
export function readFailure(cause: unknown): string {
  if (cause instanceof FileTooLong) return cause.message
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8'
  return typeof code === 'string' ? code : 'unknown reason'
}
