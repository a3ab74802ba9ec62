import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Seconds } from '../model/time.js'

/** How many failed authentications are let through. */
export interface FailureLimits {
  /** Failures of one name from one address in a window. */
  readonly perName: number
  /** Failures from one address in a window, whatever the name. */
  readonly perAddress: number
  readonly window: Seconds
}

/**
 * Under which key the failures of a name from a network are counted. Hashed: a name may be a secret that was sent in its
 * place, and may be long.
 */
export function failureKey(name: string, network: string): string {
  return createHash('sha256').update(`${network}\0${name}`).digest('base64url')
}

/** The network an address counts for: one customer usually has a whole /64 of IPv6. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const [before, behind] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? [] : Array.from({ length: GROUPS - before.length - behind.length }, () => '0')
  return [...before, ...zeros, ...behind].slice(0, GROUPS / 2).join(':')
}

const GROUPS = 8
const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'))
