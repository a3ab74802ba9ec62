import type { JsonWebKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Tokens and revocations with what every gateway has to make of them (`test/vectors/gateway`). */
export interface Kit {
  readonly issuer: string
  readonly audience: string
  /** Private keys by `kid`. They are public: for tests only. */
  readonly keys: Readonly<Record<string, JsonWebKey>>
  /** What the issuer publishes, traps included. */
  readonly jwks: unknown
  readonly tokens: readonly KitToken[]
  /** Revocations, one after the other, with the tokens that are refused and accepted from then on. */
  readonly play: readonly KitStep[]
}

export interface KitToken {
  readonly name: string
  readonly token: string
  readonly expect: 'accept' | 'refuse'
  /** `should`: what only a gateway that knows RFC 9068 and Jeton's claims can tell. */
  readonly level: 'must' | 'should'
}

export interface KitStep {
  readonly name: string
  /** An entry of the feed without its `seq`. */
  readonly entry: object
  /** Names of tokens. */
  readonly refuse: readonly string[]
  readonly accept: readonly string[]
}

/** Beside `dist`, in the package as in the repository. */
const FILE = new URL('../../../test/vectors/gateway/kit.json', import.meta.url)

export function readKit(): Kit {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Kit
}
