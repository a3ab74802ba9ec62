import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getSettings } from '../../src/main/load-configuration.js'
import { openResources } from '../../src/main/open-resources.js'

it('what a server opens hashes passwords at their full cost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-resources-'))
  const file = join(folder, 'deployment.toml')
  const database = `[database.identity_db]\ntype = "sqlite"\nname = "${join(folder, 'jeton.db')}"\n`
  writeFileSync(file, `${database}[keystore]\nencryption_key = "${'ab'.repeat(32)}"\n`)
  const opened = await openResources(getSettings(file))
  expect(await opened?.resources.passwords.hash('correct horse')).toMatch(/^scrypt\$N=32768,r=8,p=1\$/)
  await opened?.close()
  rmSync(folder, { recursive: true, force: true })
})
