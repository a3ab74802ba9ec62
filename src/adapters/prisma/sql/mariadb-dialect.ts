import { Prisma } from '../generated/sqlite/client.js'
import type { Dialect } from './dialect.js'
import { mysqlDialect } from './mysql-dialect.js'

/** What MariaDB has and MySQL has not. */
export const mariadbDialect: Dialect = {
  ...mysqlDialect,
  impatient: (statement) => Prisma.sql`SET STATEMENT innodb_lock_wait_timeout = 0 FOR ${statement}`,
}
