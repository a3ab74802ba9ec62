declare const brand: unique symbol

/** A primitive that only its parser can make, so that two kinds of string never stand in for each other. */
export type Branded<Value, Name extends string> = Value & { readonly [brand]: Name }
