/** Floors, bottom first. A folder imports from itself and from lower floors only; neighbours on one floor do not know each other. */
export const FLOORS: readonly (readonly string[])[] = [
  ['model', 'errors'],
  ['verification', 'stores'],
  ['revocations', 'keys'],
  ['issuers'],
  ['grants', 'tokens', 'clients', 'applications', 'users', 'feed', 'purge', 'wso2'],
  ['http', 'adapters/prisma', 'adapters/redis', 'adapters/memory', 'adapters/system', 'adapters/outbound', 'gateway'],
  ['config'],
  ['main'],
]

/** Where a package may be imported: folders of the floors, or single files. `typesOnly` may name it in `import type` alone. */
export interface PackageHome {
  readonly homes: readonly string[]
  readonly typesOnly?: readonly string[]
}

/** Every third-party package that the source may know. One that is not here is not allowed anywhere. */
export const PACKAGE_HOMES: Readonly<Record<string, PackageHome>> = {
  '@iarna/toml': { homes: ['config'] },
  '@prisma/*': { homes: ['adapters/prisma'] },
  croner: { homes: ['config/schedule.ts'] },
  express: { homes: ['http'], typesOnly: ['gateway/express-guard.ts'] },
  ioredis: { homes: ['adapters/redis'] },
  jose: { homes: ['verification', 'keys', 'gateway'] },
  libsql: { homes: ['adapters/prisma', 'adapters/system/database-lock.ts'] },
  pg: { homes: ['adapters/prisma'] },
  mariadb: { homes: ['adapters/prisma'] },
  pino: { homes: ['adapters/system'] },
  'prom-client': { homes: ['adapters/system'] },
  'rate-limiter-flexible': { homes: ['adapters/memory', 'adapters/redis'] },
}

/** What the gateway entry may reach, directly or not. */
export const GATEWAY_REACH: readonly string[] = ['gateway', 'verification', 'model', 'errors']

export const CLOCK_HOMES: readonly string[] = ['main', 'adapters/system', 'gateway/system-clock.ts']
export const ENVIRONMENT_HOMES: readonly string[] = ['config']
export const TIMER_HOMES: readonly string[] = ['main', 'gateway']

export const BARREL = 'gateway/index.ts'
export const FORBIDDEN_NAMES = /^(utils?|helpers?|common|shared|types?|services?|managers?|data|info|misc)$/

export const MAX_FILE_LINES = 250
export const MAX_FUNCTION_LINES = 50
export const MAX_PARAMETERS = 4

const folders = FLOORS.flat().sort((one, other) => other.length - one.length)

/** The folder of the floors that holds the file; undefined when there is none. */
export function findFolder(file: string): string | undefined {
  return folders.find((folder) => file.startsWith(`${folder}/`))
}

/** 0 is the ground. -1: on no floor. */
export function floorOf(folder: string): number {
  return FLOORS.findIndex((floor) => floor.includes(folder))
}

/** Whether the file is one of the homes, or lies in one. */
export function isAtHome(file: string, homes: readonly string[]): boolean {
  return homes.some((home) => file === home || file.startsWith(`${home}/`))
}
