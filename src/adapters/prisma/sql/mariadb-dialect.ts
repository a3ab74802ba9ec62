import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from './dialect.js'
import { mysqlDialect } from './mysql-dialect.js'

/** What MariaDB has and MySQL has not. */
export const mariadbDialect: Dialect = {
  ...mysqlDialect,
  deleting: {
    atOnce: Prisma.sql`SET STATEMENT innodb_lock_wait_timeout = 0 FOR`,
    alone: Prisma.sql`SET STATEMENT innodb_lock_wait_timeout = 0, foreign_key_checks = 0 FOR`,
  },
}
