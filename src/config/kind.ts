/** What a raw value of the file turned out to be. A message never holds the value: it may be a secret. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string; readonly didYouMean?: string | undefined }

/** The values that a key takes: which type, which unit, which range. */
export interface Kind<Value> {
  /** Completes "expected …"; documents unit and range. */
  readonly expects: string
  read(value: unknown): Reading<Value>
}

/** A kind from a parser that answers undefined for what does not fit. */
export function createKind<Value>(expects: string, parse: (value: unknown) => Value | undefined): Kind<Value> {
  return {
    expects,
    read: (raw) => {
      const value = parse(raw)
      return value === undefined ? { ok: false, message: `expected ${expects}` } : { ok: true, value }
    },
  }
}

/** The same kind for a key that may be absent and has no default. */
export function optional<Value>(kind: Kind<Value>): Kind<Value | undefined> {
  return { expects: kind.expects, read: (value) => (value === undefined ? { ok: true, value: undefined } : kind.read(value)) }
}
