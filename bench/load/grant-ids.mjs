import { createHash } from 'node:crypto'

/** The id of the grant number `index`, in the form of those that Jeton makes and as scattered as they are. */
export function grantIdAt(index) {
  const hex = createHash('md5').update(String(index)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
