import { openKeyRing, type SigningKey } from '../../src/keys/key-ring.js'
import { createSealer } from '../../src/keys/seal.js'
import { epochSeconds } from '../../src/model/time.js'
import type { JetonInProcess } from '../flows/jeton-in-process.js'

/** What the servers of these tests are started with, so that a test can sign with their own keys. */
export const SEALING_KEY = Buffer.alloc(32, 11)

/** The key that a server signs with: what is refused although it is signed with this one is refused for what it says. */
export async function signingKeyOf({ stores }: JetonInProcess, use: 'access' | 'refresh', now: number): Promise<SigningKey> {
  const { keys } = await stores.keys.list()
  return (await openKeyRing(keys, createSealer([SEALING_KEY]))).signingKey(use, epochSeconds(now))
}

export type Json = Readonly<Record<string, unknown>>

const encode = (value: Json | string): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A compact JWS of a header and a payload, given as objects or as their JSON text. */
export function compactJws(header: Json | string, payload: Json | string, sign: (input: string) => string): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${sign(input)}`
}

export function headerOf(token: string): Json {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Json
}

export function claimsOf(token: string): Json {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Json
}
