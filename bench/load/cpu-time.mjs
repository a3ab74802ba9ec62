import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Whether the CPU time of another process can be read here: only where there is /proc (Linux). */
export const CPU_TIME_IS_KNOWN = existsSync('/proc/self/stat')

let ticksPerSecond

/** CPU microseconds, user and system, of all threads of the process `pid`; undefined where it cannot be known. */
export const cpuMicros = (pid) => cpuOf(pid, [14, 15])

/** As `cpuMicros`, with what its children had used when they ended. */
export const cpuMicrosWithEnded = (pid) => cpuOf(pid, [14, 15, 16, 17])

/** The process that started `pid`; undefined where there is none, or it has ended. */
export function parentOf(pid) {
  const fields = statFields(pid)
  return fields === undefined ? undefined : Number(fields[4])
}

/** Bytes of memory that the process has now, and the most that it ever had; undefined where it cannot be known. */
export function memoryBytes(pid) {
  if (!CPU_TIME_IS_KNOWN) return undefined
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  return { now: read('VmRSS'), most: read('VmHWM') }
}

function cpuOf(pid, numbers) {
  const fields = statFields(pid)
  if (fields === undefined) return undefined
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  return (numbers.reduce((sum, number) => sum + Number(fields[number]), 0) * 1_000_000) / ticksPerSecond
}

/** The fields of proc(5), by their numbers there. */
function statFields(pid) {
  if (!CPU_TIME_IS_KNOWN) return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the command, in parentheses, may hold spaces.
    return ['', '', '', ...stat.slice(stat.lastIndexOf(')') + 2).split(' ')]
  } catch {
    return undefined
  }
}
