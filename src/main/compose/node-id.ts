import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

/** Tells people where it runs, and differs from that of any other process. */
export const makeNodeId = (): string => `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`
