import { OAuthError } from '../errors/oauth-error.js'

/**
 * The fields of a JSON object, each asked for by its name: what nobody asks for has no effect. `null` counts as absent.
 * Every verb @throws OAuthError `invalid_request` where the value is of another type.
 */
export interface JsonFields {
  text(name: string): string | undefined
  texts(name: string): readonly string[] | undefined
  flag(name: string): boolean | undefined
  wholeNumber(name: string): number | undefined
  textOrNumber(name: string): string | number | undefined
  textOrFlag(name: string): string | boolean | undefined
  fields(name: string): JsonFields | undefined
  /** An object all of whose values are texts. */
  textsByName(name: string): ReadonlyMap<string, string> | undefined
}

export function createJsonFields(object: Readonly<Record<string, unknown>>): JsonFields {
  function read<Value>(name: string, what: string, isValue: (value: unknown) => value is Value): Value | undefined {
    // Own ones only: `constructor` is no field that somebody has sent.
    const value = Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined
    if (value === undefined || isValue(value)) return value
    throw new OAuthError('invalid_request', `${name} has to be ${what}`)
  }

  return {
    text: (name) => read(name, 'a text', isText),
    texts: (name) => read(name, 'a list of texts', isTexts),
    flag: (name) => read(name, 'true or false', isFlag),
    wholeNumber: (name) => read(name, 'a whole number', isWholeNumber),
    textOrNumber: (name) => read(name, 'a text or a number', isTextOrNumber),
    textOrFlag: (name) => read(name, 'true or false', isTextOrFlag),
    fields(name) {
      const value = read(name, 'an object', isObject)
      return value && createJsonFields(value)
    },
    textsByName(name) {
      const value = read(name, 'an object of texts', isTextsByName)
      return value && new Map(Object.entries(value))
    },
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText)
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isWholeNumber = (value: unknown): value is number => Number.isSafeInteger(value)
const isTextOrNumber = (value: unknown): value is string | number => isText(value) || typeof value === 'number'
const isTextOrFlag = (value: unknown): value is string | boolean => isText(value) || isFlag(value)
const isTextsByName = (value: unknown): value is Readonly<Record<string, string>> => isObject(value) && Object.values(value).every(isText)

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
