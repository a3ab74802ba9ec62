import { StoreUnavailable } from '../../errors/operational-errors.js'
import type { DoctorCheck } from '../commands/operations.js'

const LEAST_VERSION = [6, 2] as const

/** Redis only makes things faster, so what is wrong with it stops nothing; but whoever configured it wants it. */
export async function checkRedis(version: () => Promise<string>): Promise<DoctorCheck> {
  try {
    const found = await version()
    if (isRecent(found)) return { name: 'redis', ok: true, message: `answers (${found})` }
    return { name: 'redis', ok: false, message: `is version ${found}`, remedy: `use ${LEAST_VERSION.join('.')} or newer` }
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    return { name: 'redis', ok: false, message: 'does not answer', remedy: 'see that it runs, and that [redis] names its place and its password' }
  }
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor >= LEAST_VERSION[1])
}
