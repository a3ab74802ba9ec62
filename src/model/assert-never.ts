/**
 * Ends a `switch` that names every member of a union, so that the compiler demands the missing one.
 * @throws TypeError when it is reached after all; names the kind of the value, never the value.
 */
export function assertNever(value: never): never {
  throw new TypeError(`a case is missing for a value of type ${typeof value}`)
}
