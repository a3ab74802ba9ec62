import { appsCreate, appsDelete, appsDisable, appsEnable, appsList, appsRegenerateSecret, appsShow, appsUpdate } from './commands/apps.js'
import { appsMigrate } from './commands/apps-migrate.js'
import type { Command } from './commands/command.js'
import { type ConfigCheckNeeds, configCheck } from './commands/config-check.js'
import { doctor } from './commands/doctor.js'
import { type GatewayNeeds, gatewayConformance, gatewayServe } from './commands/gateway.js'
import { keysImport, keysList, keysRetire, keysRewrap, keysRotate } from './commands/keys.js'
import { migrate } from './commands/migrate.js'
import type { Operations, PurgeOperations } from './commands/operations.js'
import { purge } from './commands/purge.js'
import { purgeRestore } from './commands/purge-restore.js'
import { purgeSql } from './commands/purge-sql.js'
import { revokeAll, revokeClient, revokeGrant, revokeKey, revokeToken, revokeUser } from './commands/revoke.js'
import { type ServeNeeds, serve } from './commands/serve.js'
import { status } from './commands/status.js'
import { usersCreate, usersDelete, usersDisable, usersEnable, usersList, usersSetPassword } from './commands/users.js'

export type LocalNeeds = ServeNeeds & ConfigCheckNeeds & GatewayNeeds

/** Commands that need no database, or take care of it themselves. */
export const LOCAL_COMMANDS: Readonly<Record<string, Command<LocalNeeds>>> = {
  serve,
  'config check': configCheck,
  'gateway serve': gatewayServe,
  'gateway conformance': gatewayConformance,
  'purge sql': purgeSql,
}

/** Commands for which nothing but the database is opened where no server does them. */
export const PURGE_COMMANDS: Readonly<Record<string, Command<PurgeOperations>>> = {
  purge,
  'purge restore': purgeRestore,
}

/** Commands that work on the database: through the server that runs on it, else here. */
export const DATABASE_COMMANDS: Readonly<Record<string, Command<Operations>>> = {
  'apps create': appsCreate,
  'apps list': appsList,
  'apps show': appsShow,
  'apps update': appsUpdate,
  'apps regenerate-secret': appsRegenerateSecret,
  'apps disable': appsDisable,
  'apps enable': appsEnable,
  'apps migrate': appsMigrate,
  'apps delete': appsDelete,
  'users create': usersCreate,
  'users list': usersList,
  'users disable': usersDisable,
  'users enable': usersEnable,
  'users set-password': usersSetPassword,
  'users delete': usersDelete,
  'revoke token': revokeToken,
  'revoke grant': revokeGrant,
  'revoke user': revokeUser,
  'revoke client': revokeClient,
  'revoke key': revokeKey,
  'revoke all': revokeAll,
  'keys list': keysList,
  'keys rotate': keysRotate,
  'keys retire': keysRetire,
  'keys rewrap': keysRewrap,
  'keys import': keysImport,
  ...PURGE_COMMANDS,
  migrate,
  status,
  doctor,
}
