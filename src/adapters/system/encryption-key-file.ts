import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { CommandRefused } from '../../errors/operational-errors.js'

const KEY_BYTES = 32
const HEX = /^[0-9a-f]{64}$/

/** The encryption key in `file`, 64 hex digits; undefined when there is no such file. @throws CommandRefused `bad_key_file` */
export function readEncryptionKeyFile(file: string): Buffer | undefined {
  const text = readIfThere(file)?.trim()
  if (text === undefined) return undefined
  if (!HEX.test(text)) throw new CommandRefused('bad_key_file', `${file} does not hold an encryption key (64 hex digits)`)
  return Buffer.from(text, 'hex')
}

/** Makes a key in a new file that only its owner can read; it is on the disk when this returns. @throws an Error with `code` EEXIST when the file is there. */
export function makeEncryptionKeyFile(file: string): Buffer {
  const key = randomBytes(KEY_BYTES)
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    writeSync(descriptor, `${key.toString('hex')}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  syncFolder(dirname(file))
  return key
}

/** The name of a new file is durable only once its folder is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
