import { backOffMs } from '../../src/gateway/pause.js'

const draw = (failures: number, spentMs: number): readonly number[] => Array.from({ length: 500 }, () => backOffMs(failures, spentMs))

it.each([
  ['grows with each failure', 2, 0, 400],
  ['is bounded', 20, 0, 1500],
  ['counts what the attempt took', 20, 1000, 500],
  ['is never left out', 20, 60_000, 100],
])('%s, and is at random between half and all', (_what, failures, spentMs, mostMs) => {
  const drawn = draw(failures, spentMs)
  expect(drawn.every((one) => one >= mostMs / 2 && one <= mostMs)).toBe(true)
  expect(new Set(drawn).size).toBeGreaterThan(100)
})
