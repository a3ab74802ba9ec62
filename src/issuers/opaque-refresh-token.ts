import { createHmac, timingSafeEqual } from 'node:crypto'
import { type GrantId, grantId } from '../model/ids.js'

/** What a stored refresh token names, so that its replay is found after its row is gone. */
export interface OpaqueRefreshToken {
  readonly grantId: GrantId
  readonly generation: number
}

const FORM = /^jrt_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})$/

/** `jrt_<grant>.<generation>.<HMAC-SHA-256 over both>`: opaque to the client, and the same whenever it is made again. */
export function formatOpaqueRefreshToken({ grantId: id, generation }: OpaqueRefreshToken, secret: Buffer): string {
  return `jrt_${id}.${generation}.${mac(id, generation, secret).toString('base64url')}`
}

/** @returns undefined for anything that was not made with `secret`. */
export function parseOpaqueRefreshToken(value: string, secret: Buffer): OpaqueRefreshToken | undefined {
  const [, id = '', generation = '', given = ''] = FORM.exec(value) ?? []
  if (id === '' || !timingSafeEqual(mac(id, Number(generation), secret), Buffer.from(given, 'base64url'))) return undefined
  return { grantId: grantId(id), generation: Number(generation) }
}

/** Whether a value has the form of a stored refresh token. */
export function isOpaqueRefreshToken(value: string): boolean {
  return FORM.test(value)
}

function mac(id: string, generation: number, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(`stored refresh token\0${id}\0${generation}`).digest()
}
