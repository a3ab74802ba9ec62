/** Somebody else was at the same rows: the transaction that throws this is undone, and its work is to be done in another way. */
export class Disturbed extends Error {
  override readonly name = 'Disturbed'
}
