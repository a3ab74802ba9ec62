import { createHash } from 'node:crypto'
import { constants, lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { CommandRefused } from '../../errors/operational-errors.js'

// sun_path without its final zero byte. Node cuts what is longer, and says nothing.
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103
const HASH_LENGTH = 32

/**
 * The control socket of the server that runs on an embedded database: beside the file, or, where that path is too long
 * for a Unix socket, in a folder of our own among the temporary files.
 * @throws CommandRefused `control_folder_unsafe` when that folder is somebody else's: a server of theirs could listen there.
 */
export function controlPath(databaseFile: string, temporaryFolder: string = tmpdir()): string {
  const file = resolveLinks(resolve(databaseFile))
  const beside = `${file}.sock`
  if (Buffer.byteLength(beside) <= LONGEST_PATH) return beside
  const folder = join(temporaryFolder, `jeton-${process.getuid?.() ?? 'user'}`)
  const path = join(folder, `${createHash('sha256').update(file).digest('hex').slice(0, HASH_LENGTH)}.sock`)
  if (Buffer.byteLength(path) > LONGEST_PATH) throw new CommandRefused('control_path_too_long', `no path is short enough for a Unix socket: ${path}`)
  ownFolder(folder)
  return path
}

/** One file reached by two paths has one socket. */
function resolveLinks(file: string): string {
  try {
    return join(realpathSync(dirname(file)), basename(file))
  } catch {
    return file
  }
}

function ownFolder(folder: string): void {
  if (!makeFolder(folder) || !isOurs(folder)) {
    throw new CommandRefused('control_folder_unsafe', `${folder} has to be a folder of this user that no one else can enter`)
  }
}

/** @returns false when something else is in its place. */
function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return true
  } catch {
    return false
  }
}

function isOurs(folder: string): boolean {
  const { mode, uid } = lstatSync(folder)
  const isFolder = (mode & constants.S_IFMT) === constants.S_IFDIR
  return isFolder && uid === (process.getuid?.() ?? uid) && (mode & 0o077) === 0
}
