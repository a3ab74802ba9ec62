import * as nodeModule from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { describeCause } from '../adapters/system/describe-cause.js'
import type { Problem } from '../config/problems.js'
import type { OwnIssuerSettings } from '../config/settings.js'
import { ExtendedJwtTokenIssuer } from '../issuers/extended-jwt-token-issuer.js'
import type { OwnIssuer } from './resources.js'

export type LoadedIssuer = { readonly ok: true; readonly ownIssuer: OwnIssuer } | { readonly ok: false; readonly problem: Problem }

/** @returns what the module exports, by name. */
export type ImportModule = (url: string) => Promise<Readonly<Record<string, unknown>>>

const LOADED_WITHIN_MS = 10_000

/** Runs the operator's module and makes its issuer. What is wrong with it is a problem of the configuration. */
export async function loadOwnIssuer(
  { module, timeoutMs, place }: OwnIssuerSettings,
  importModule: ImportModule = importWithJeton,
): Promise<LoadedIssuer> {
  const patience = new AbortController()
  const late = sleep(LOADED_WITHIN_MS, undefined, { signal: patience.signal }).then(() =>
    Promise.reject(new Error('it takes more than 10 s to load')),
  )
  try {
    const exported = await Promise.race([importModule(pathToFileURL(module).href), late])
    return { ok: true, ownIssuer: { issuer: new (issuerAmong(exported))(), timeoutMs } }
  } catch (error) {
    return { ok: false, problem: { ...place, message: `the module cannot be used: ${describeCause(error).message}` } }
  } finally {
    patience.abort()
  }
}

type IssuerClass = new () => ExtendedJwtTokenIssuer

function issuerAmong(exported: Readonly<Record<string, unknown>>): IssuerClass {
  if (isIssuerClass(exported.default)) return exported.default
  const [issuer, other] = new Set(Object.values(exported).filter(isIssuerClass))
  if (issuer === undefined) throw new TypeError('it exports no class that extends ExtendedJwtTokenIssuer of jeton/issuer')
  if (other !== undefined) throw new TypeError('it exports several classes that extend ExtendedJwtTokenIssuer, and none as its default')
  return issuer
}

function isIssuerClass(exported: unknown): exported is IssuerClass {
  return typeof exported === 'function' && exported.prototype instanceof ExtendedJwtTokenIssuer
}

/** With `jeton/issuer` of this very Jeton, wherever the module lies and whatever is installed there. */
const importWithJeton: ImportModule = (url) => {
  resolveJetonHere()
  return import(url)
}

type Resolve<Resolved> = (
  specifier: string,
  context: { readonly parentURL?: string },
  next: (specifier: string, context: object) => Resolved,
) => Resolved
type RegisterHooks = (hooks: { readonly resolve: Resolve<unknown> }) => void

/** A package may name itself, so what is asked for on behalf of this file is this package. */
function resolveJetonHere(): void {
  const here = import.meta.url
  // From Node 22.15 on; what came before it is gone with Node 27.
  const { registerHooks } = nodeModule as { readonly registerHooks?: RegisterHooks }
  if (registerHooks === undefined) nodeModule.register(`data:text/javascript,${encodeURIComponent(hookSource(here))}`)
  else registerHooks({ resolve: (specifier, context, next) => next(specifier, isJeton(specifier) ? { ...context, parentURL: here } : context) })
}

const isJeton = (specifier: string): boolean => /^jeton(?:\/|$)/.test(specifier)

const hookSource = (here: string): string => `export const resolve = (specifier, context, next) =>
  next(specifier, /^jeton(?:\\/|$)/.test(specifier) ? { ...context, parentURL: ${JSON.stringify(here)} } : context)`
