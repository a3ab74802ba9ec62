const SEVERAL = /^regexp=\((.*)\)$/s

/** CALLBACK_URL: one URI as it is, several as the pattern that WSO2 writes for them. */
export function formatRedirectUris(uris: readonly string[]): string {
  const [only] = uris
  if (uris.length <= 1 && !only?.startsWith('regexp=')) return only ?? ''
  return `regexp=(${uris.map((uri) => uri.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`
}

/** The URIs of a CALLBACK_URL. */
export function parseRedirectUris(column: string | null): readonly string[] {
  if (column === null || column === '') return []
  const several = SEVERAL.exec(column)?.[1]
  if (several === undefined) return [column]
  const alternatives = several.match(/(?:\\.|[^|\\])+/gs) ?? []
  return alternatives.map((pattern) => pattern.replace(/\\(.)/gs, '$1'))
}
