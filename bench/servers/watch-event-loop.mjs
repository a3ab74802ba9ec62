// Loaded into a server before its own modules: SIGUSR2 has it write the longest time for which its event loop stood still.
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delays = monitorEventLoopDelay({ resolution: 5 })
delays.enable()
process.on('SIGUSR2', () => writeFileSync(process.env.BENCH_EVENT_LOOP, JSON.stringify({ longestMs: delays.max / 1_000_000 })))
