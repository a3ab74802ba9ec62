import { takeDatabaseLock } from '../../../src/adapters/system/database-lock.js'

/** A program of its own that takes the lock of argv[2], says so and holds it until it is ended. */
takeDatabaseLock(process.argv[2] ?? '')
process.stdout.write('held\n')
setInterval(() => undefined, 60_000)
