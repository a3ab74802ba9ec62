import { CommandRefused } from '../errors/operational-errors.js'
import type { TokenType } from '../model/client.js'

/** What is asked for an application, not yet examined. Absent: the default, or as it is. */
export interface WantedApplication {
  readonly name: string | undefined
  readonly throttlingPolicy: string | undefined
  readonly description: string | undefined
  readonly tokenType: string | undefined
  readonly attributes: ReadonlyMap<string, string> | undefined
}

// WSO2's lengths, of its columns and of its API.
const LONGEST_NAME = 70
const LONGEST_POLICY = 50
const LONGEST_DESCRIPTION = 512
const LONGEST_ATTRIBUTE_NAME = 255
const LONGEST_ATTRIBUTE = 1024
const MOST_ATTRIBUTES = 32

const CONTROL_CHARACTER = /[\p{Cc}\p{Cs}]/u
/** But for what makes lines of a text. */
const UNREADABLE_CHARACTER = /[^\P{Cc}\t\r\n]|\p{Cs}/u

const refused = (what: string, message: string): CommandRefused => new CommandRefused(`invalid_${what}`, message)

export function parseApplicationName(value: string | undefined): string {
  const name = value?.normalize('NFC').trim() ?? ''
  if (name === '' || [...name].length > LONGEST_NAME || CONTROL_CHARACTER.test(name))
    throw refused('name', `an application has a name of 1 to ${LONGEST_NAME} characters, without control characters`)
  return name
}

export function parseThrottlingPolicy(value: string | undefined): string {
  if (value === undefined || value === '' || value.length > LONGEST_POLICY || CONTROL_CHARACTER.test(value))
    throw refused('throttling_policy', `an application has a throttlingPolicy of 1 to ${LONGEST_POLICY} characters, without control characters`)
  return value
}

export function parseDescription(value: string): string {
  if ([...value].length > LONGEST_DESCRIPTION || UNREADABLE_CHARACTER.test(value))
    throw refused('description', `a description has ${LONGEST_DESCRIPTION} characters at most, without control characters`)
  return value
}

export function parseApplicationTokenType(value: string): TokenType {
  if (value === 'JWT' || value === 'OAUTH') return value
  throw refused('token_type', 'a tokenType is JWT or OAUTH')
}

export function parseAttributes(values: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const isAttribute = ([name, value]: readonly [string, string]): boolean =>
    name !== '' && name.length <= LONGEST_ATTRIBUTE_NAME && value.length <= LONGEST_ATTRIBUTE && !CONTROL_CHARACTER.test(name + value)
  if (values.size > MOST_ATTRIBUTES || ![...values].every(isAttribute))
    throw refused(
      'attributes',
      `there are ${MOST_ATTRIBUTES} attributes at most, with names of 1 to ${LONGEST_ATTRIBUTE_NAME} and values of up to ${LONGEST_ATTRIBUTE} characters`,
    )
  return values
}
