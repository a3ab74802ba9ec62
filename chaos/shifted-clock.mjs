/**
 * Loaded before everything else (`node --import`): the wall clock of the process is off by as many milliseconds as a file says,
 * which is read again and again. Timers and `performance.now()` go on as they are, as on a machine whose clock is set anew.
 */
import { readFileSync } from 'node:fs'

const READ_EVERY_MS = 25
const file = process.env.SHIFTED_CLOCK_FILE
const MachineDate = globalThis.Date
const machineNow = MachineDate.now
let offMs = 0

function read() {
  const text = readFileSync(file, 'utf8')
  offMs = Number(text)
}

const now = () => machineNow() + offMs

if (file !== undefined) {
  read()
  setInterval(read, READ_EVERY_MS).unref()
  MachineDate.now = now
  globalThis.Date = new Proxy(MachineDate, {
    construct: (target, given, asked) => Reflect.construct(target, given.length === 0 ? [now()] : given, asked),
    apply: () => new MachineDate(now()).toString(),
  })
  MachineDate.prototype.constructor = globalThis.Date
}
