import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const MIGRATIONS = join(ROOT, 'prisma/migrations/sqlite')
const SCHEMA = join(ROOT, 'prisma/.build/sqlite')

export interface SchemaEngine {
  /** How many changes would make the file what the models say. They are made. */
  pushModels(): Promise<number>
  /** What Prisma's own engine thinks of the file's history of migrations. */
  diagnose(): Promise<{ readonly editedMigrationNames: string[]; readonly failedMigrationNames: string[]; readonly history: unknown }>
}

interface WasmEngine {
  schemaPush(input: unknown): Promise<{ executedSteps: number }>
  diagnoseMigrationHistory(input: unknown): Promise<{ editedMigrationNames: string[]; failedMigrationNames: string[]; history: unknown }>
}

interface Runtime {
  readonly SchemaEngine: { readonly new: (input: unknown, log: () => void, adapter: unknown) => Promise<WasmEngine> }
}

/** What is needed of the global WebAssembly, which the compiler only knows with the types of a browser. */
interface WasmNamespace {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: Record<string, unknown>) => { readonly exports: Record<string, unknown> }
}

/** WebAssembly that lives as long as the test file: its glue knows one instance only. */
export async function loadSchemaEngine(): Promise<(file: string) => Promise<SchemaEngine>> {
  const folder = join(ROOT, 'node_modules/@prisma/schema-engine-wasm')
  const runtime = await import(pathToFileURL(join(folder, 'schema_engine_bg.js')).href)
  const wasm: WasmNamespace = Reflect.get(globalThis, 'WebAssembly')
  const { exports } = new wasm.Instance(new wasm.Module(readFileSync(join(folder, 'schema_engine_bg.wasm'))), {
    './schema_engine_bg.js': runtime,
  })
  runtime.__wbg_set_wasm(exports)
  const start = exports.__wbindgen_start
  if (typeof start === 'function') start()
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: () => undefined } })
  return (file) => openSchemaEngine(runtime, file)
}

async function openSchemaEngine(runtime: Runtime, file: string): Promise<SchemaEngine> {
  const files = readdirSync(SCHEMA).map((name) => ({ path: join(SCHEMA, name), content: readFileSync(join(SCHEMA, name), 'utf8') }))
  const filters = { externalTables: [], externalEnums: [] }
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaLibSql({ url: pathToFileURL(file).href, timeout: 5_000 }))
  const engine: WasmEngine = await runtime.SchemaEngine.new(
    { datamodels: files.map(({ path, content }) => [path, content]) },
    () => undefined,
    adapter,
  )
  return {
    pushModels: async () => (await engine.schemaPush({ force: true, schema: { files }, filters })).executedSteps,
    diagnose: () => engine.diagnoseMigrationHistory({ migrationsList: migrationsList(), optInToShadowDatabase: false, filters }),
  }
}

function migrationsList() {
  const names = readdirSync(MIGRATIONS, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  return {
    baseDir: MIGRATIONS,
    lockfile: { path: 'migration_lock.toml', content: readFileSync(join(MIGRATIONS, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: names.map((name) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8') } },
    })),
  }
}
