import { createHash } from 'node:crypto'

/** The id of the grant number `index`, in the form of those that Jeton makes and as scattered as they are. */
export function grantIdAt(index) {
  const hex = createHash('md5').update(String(index)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Where the search for a stride begins: large, so that neighbours in the walk lie far apart in the table. */
const LEAST_STRIDE = 611_953

/** A walk over `count` grants in steps of this, from 0, meets every one before it meets one again: it is coprime to `count`. */
export function strideOver(count) {
  const divisor = (one, other) => (other === 0 ? one : divisor(other, one % other))
  let stride = LEAST_STRIDE
  while (divisor(stride, count) !== 1) stride += 1
  return stride
}

/** For each grant, the how manieth of that walk it is. */
export function turnsOf(count) {
  const stride = strideOver(count)
  const turns = new Uint32Array(count)
  for (let turn = 0, grant = 0; turn < count; turn++, grant = (grant + stride) % count) turns[grant] = turn
  return turns
}
