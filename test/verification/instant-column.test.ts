import { NEVER } from '../../src/model/revocation-entry.js'
import { createInstantColumn } from '../../src/verification/instant-column.js'

const INSTANTS = [1, 1_763_690_000, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, NEVER, 0, -1, undefined]

it('gives back every whole second that was set, and undefined where none was', () => {
  const column = createInstantColumn()
  INSTANTS.forEach((instant, at) => {
    column.set(at * 20_000, instant)
  })
  expect(INSTANTS.map((_, at) => column.get(at * 20_000))).toEqual(INSTANTS)
  expect(column.get(7)).toBeUndefined()
})

it('gives back the last one that was set', () => {
  const column = createInstantColumn()
  for (const instant of [NEVER, 5, undefined, NEVER, undefined, 6]) {
    column.set(3, instant)
    expect(column.get(3)).toBe(instant)
  }
})
