const LONGEST_NAME = 100
const CONTROL_CHARACTER = /[\p{Cc}\p{Cs}]/u
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * A user's name in the one form it is stored in (NFC).
 * @returns undefined when it is empty, longer than 100 characters, has control characters, or could be taken for a user id.
 */
export function parseUserName(value: string): string | undefined {
  const name = value.normalize('NFC')
  const isName = name !== '' && [...name].length <= LONGEST_NAME && !CONTROL_CHARACTER.test(name) && !isUserIdForm(name)
  return isName ? name : undefined
}

/** Whether `value` has the form of a user id, which no name may have: so an operator's "name or id" is never both. */
export function isUserIdForm(value: string): boolean {
  return UUID.test(value)
}
