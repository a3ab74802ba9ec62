/**
 * The databases Jeton speaks to through Prisma. A new one is a new row and its folder in prisma/migrations.
 * `nameAs` turns the names of tables and columns, as WSO2 writes them, into what the engine makes of them unquoted.
 */
export const PROVIDERS = [
  { provider: 'sqlite', nameAs: (name) => name },
  { provider: 'postgresql', nameAs: (name) => name.toLowerCase() },
  { provider: 'mysql', nameAs: (name) => name },
]
