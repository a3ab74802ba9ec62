import { existsSync, writeSync } from 'node:fs'
import { openDatabase } from '../../../src/adapters/prisma/open-database.js'
import { tokenId } from '../../../src/model/ids.js'
import { seconds } from '../../../src/model/time.js'

/**
 * A program of its own that appends one entry to the log of argv[2], named argv[3]; with argv[4] `pause` it says so and
 * waits, with its thread stopped, for the file argv[2].go before it commits. It says what it does, one word a line.
 */
const [, , file = '', name = '', mode] = process.argv
const say = (word: string): void => void writeSync(1, `${word}\n`)
let isArmed = false

const database = await openDatabase({
  file,
  keepAfterExpiry: seconds(600),
  maxClockSkew: seconds(5),
  onStatement: (sql) => {
    if (isArmed && sql === 'BEGIN IMMEDIATE') say('begins')
    if (isArmed && sql === 'COMMIT' && mode === 'pause') {
      say('paused')
      while (!existsSync(`${file}.go`)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  },
})
await database.heads.read()
isArmed = true
const [entry] = await database.revocations.append([{ kind: 'token', id: tokenId(name), expiresAt: undefined }])
say(`appended ${entry?.seq}`)
await database.close()
