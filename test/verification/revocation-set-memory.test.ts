import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

it('takes at most 67 bytes of resident memory per entry at a million token entries', () => {
  // The nursery is kept small, so that garbage of the measuring loop is not taken for entries.
  const flags = ['--expose-gc', '--max-semi-space-size=1', '--import', 'tsx']
  const script = join(import.meta.dirname, 'revocation-set-memory.ts')
  const measured = JSON.parse(execFileSync(process.execPath, [...flags, script], { encoding: 'utf8' }))
  expect(measured.size).toBe(1_000_000)
  expect(measured.bytesPerEntry).toBeLessThanOrEqual(67)
  expect(measured.bytesPerEntry).toBeGreaterThan(32)
}, 60_000)
