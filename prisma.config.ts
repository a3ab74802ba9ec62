import { defineConfig } from 'prisma/config'

process.env.CHECKPOINT_DISABLE ??= '1'
// These commands ask for the schema engine before they do anything, and never run it: any file that exists will do.
// Not for others: a stand-in would let them report success without having done their work.
const needsNoEngine = process.argv.some((argument) => ['generate', 'validate', 'format'].includes(argument))
if (needsNoEngine) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

const provider = process.env.JETON_PRISMA_PROVIDER ?? 'sqlite'

export default defineConfig({
  schema: `prisma/.build/${provider}`,
  migrations: { path: `prisma/migrations/${provider}` },
})
