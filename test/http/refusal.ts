import type { Response } from 'supertest'

/** RFC 6749 §5.2: what `error_description` may be made of. */
const DESCRIPTION = /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/

/** That an answer is a refusal of the form of RFC 6749 §5.2, which nobody may keep. */
export function expectRefusal({ status, body, headers }: Response, expectedStatus: number, error: string): void {
  expect({ status, error: body.error }).toEqual({ status: expectedStatus, error })
  expect(Object.keys(body).sort()).toEqual(['error', 'error_description'])
  expect(body.error_description).toMatch(DESCRIPTION)
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' })
}
