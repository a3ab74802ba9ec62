import { readFileSync } from 'node:fs'

/** Of this package, from its package.json; as far away from the compiled file as from this one. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
  return version
}
