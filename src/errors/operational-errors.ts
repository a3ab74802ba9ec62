/** A store cannot answer now. Never means "no such thing" and never "not revoked". */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
  /** Which store, for the operator. */
  readonly store: string

  constructor(store: string, options?: { readonly cause?: unknown }) {
    super(`${store} cannot answer`, options)
    this.store = store
  }
}

/** More is asked at once than a bounded queue takes. Nothing was done. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded'

  constructor(what: string) {
    super(`${what}: the queue is full`)
  }
}

/** An operator asked for what cannot be done as things are. `code` is for programs, the message for people. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** A token issuer of the operator's own has not done its part for one request. Nothing was signed or written. */
export class IssuerFailed extends Error {
  override readonly name = 'IssuerFailed'

  constructor(clientId: string, options: { readonly cause: unknown }) {
    super(`the issuer of oauth.extensions.token_types made no claims for client ${clientId}`, options)
  }
}
