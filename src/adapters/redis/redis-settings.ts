/** One server, one that sentinels know, or a cluster. */
export type RedisPlace =
  /** `redis://[user[:password]@]host[:port][/database]`; `rediss://` for TLS. */
  | { readonly kind: 'single'; readonly url: string }
  | { readonly kind: 'sentinel'; readonly sentinels: readonly RedisAddress[]; readonly name: string; readonly isTls: boolean }
  /** Some nodes of a cluster: the others are found from them. */
  | { readonly kind: 'cluster'; readonly nodes: readonly RedisAddress[]; readonly isTls: boolean }

export interface RedisAddress {
  readonly host: string
  readonly port: number
}

export type RedisSettings = RedisPlace & {
  /** Where the URL has none. */
  readonly username: string | undefined
  readonly password: string | undefined
  /** Who may have signed the certificates, PEM. undefined: whom Node.js trusts. */
  readonly ca: string | undefined
  /** What the names of all keys and channels begin with. */
  readonly keyPrefix: string
}

/** How long Redis may take before it counts as away. Nothing waits for it longer. */
export interface RedisPatience {
  readonly connectMs: number
  readonly commandMs: number
}

export const DEFAULT_PATIENCE: RedisPatience = { connectMs: 2000, commandMs: 500 }
