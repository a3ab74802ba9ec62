import { readFileSync } from 'node:fs'
import { readFailure } from '../config/read-file.js'
import { CommandRefused } from '../errors/operational-errors.js'

/** The certificates in a file that the configuration names. @throws CommandRefused `no_certificates` when it is gone meanwhile. */
export function readPem(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandRefused('no_certificates', `${file} cannot be read: ${readFailure(error)}`)
  }
}
