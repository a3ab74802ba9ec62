import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Whether the CPU time of another process can be read here: only where there is /proc (Linux). */
export const CPU_TIME_IS_KNOWN = existsSync('/proc/self/stat')

let ticksPerSecond

/** CPU microseconds, user and system, of all threads of the process `pid`; undefined where it cannot be known. */
export function cpuMicros(pid) {
  if (!CPU_TIME_IS_KNOWN) return undefined
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  // The name of the command, in parentheses, may hold spaces; proc(5): utime and stime are fields 14 and 15.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticksPerSecond
}
