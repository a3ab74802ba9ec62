import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'

/**
 * A program of its own, since the engine keeps timers: asks Prisma's schema engine (as WebAssembly) about the SQLite file
 * argv[2] and writes JSON: what it thinks of the history of migrations, and how many changes would make the file what
 * the models say. It makes those changes.
 */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const MIGRATIONS = join(ROOT, 'prisma/migrations/sqlite')
const SCHEMA = join(ROOT, 'prisma/.build/sqlite')
const ENGINE = join(ROOT, 'node_modules/@prisma/schema-engine-wasm')

/** What is needed of the global WebAssembly, which the compiler only knows with the types of a browser. */
interface WasmNamespace {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: Record<string, unknown>) => { readonly exports: Record<string, unknown> }
}

const runtime = await import(pathToFileURL(join(ENGINE, 'schema_engine_bg.js')).href)
const wasm: WasmNamespace = Reflect.get(globalThis, 'WebAssembly')
const { exports } = new wasm.Instance(new wasm.Module(readFileSync(join(ENGINE, 'schema_engine_bg.wasm'))), { './schema_engine_bg.js': runtime })
runtime.__wbg_set_wasm(exports)
if (typeof exports.__wbindgen_start === 'function') exports.__wbindgen_start()
Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: () => undefined } })

const files = readdirSync(SCHEMA).map((name) => ({ path: join(SCHEMA, name), content: readFileSync(join(SCHEMA, name), 'utf8') }))
const filters = { externalTables: [], externalEnums: [] }
const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaLibSql({ url: pathToFileURL(process.argv[2] ?? '').href, timeout: 5_000 }))
const engine = await runtime.SchemaEngine.new({ datamodels: files.map(({ path, content }) => [path, content]) }, () => undefined, adapter)

const names = readdirSync(MIGRATIONS, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
const migrationsList = {
  baseDir: MIGRATIONS,
  lockfile: { path: 'migration_lock.toml', content: readFileSync(join(MIGRATIONS, 'migration_lock.toml'), 'utf8') },
  shadowDbInitScript: '',
  migrationDirectories: names.map((name) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8') } },
  })),
}
const { editedMigrationNames, failedMigrationNames, history } = await engine.diagnoseMigrationHistory({
  migrationsList,
  optInToShadowDatabase: false,
  filters,
})
const { executedSteps } = await engine.schemaPush({ force: true, schema: { files }, filters })
process.stdout.write(JSON.stringify({ changes: executedSteps, edited: editedMigrationNames, failed: failedMigrationNames, history }), () =>
  process.exit(0),
)
