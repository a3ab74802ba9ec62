import type { User } from '../../model/user.js'
import { type Arguments, answer, type Command, type CommandOption, type ExitCode, type Output, positional, UsageError } from './command.js'
import { formatFields, formatTable, formatTime } from './format-table.js'
import type { Operations } from './operations.js'

type UsersCommand = Command<Pick<Operations, 'users'>>

const PASSWORD_STDIN: CommandOption = { help: 'read the password from the first line of standard input; else one is generated and shown this once' }
const readsPassword = (given: Arguments): boolean => given.has('password-stdin')

export const usersCreate: UsersCommand = {
  summary: 'make a user',
  positionals: [],
  options: { name: { value: 'N', isRequired: true, help: 'the name they authenticate with' }, 'password-stdin': PASSWORD_STDIN },
  readsStdin: readsPassword,
  async run({ users }, given, output) {
    const { user, generated } = await users.create(given.option('name') ?? '', readPassword(given))
    return answerUser(output, given, { user, password: generated })
  },
}

export const usersList: UsersCommand = {
  summary: 'list the users',
  positionals: [],
  options: {},
  async run({ users }, given, output) {
    const all = await users.list()
    const text = formatTable(
      ['user_id', 'name', 'state', 'created_at'],
      all.map((user) => [user.id, user.name, user.state, formatTime(user.createdAt)]),
      'no users',
    )
    return answer(output, given, { json: { items: all.map((user) => ({ ...describeUser(user), created_at: user.createdAt })) }, text })
  },
}

export const usersDisable: UsersCommand = {
  summary: 'refuse a user and everything granted in their name',
  positionals: ['NAME_OR_ID'],
  options: {},
  run: async ({ users }, given, output) => answerUser(output, given, { user: await users.disable(positional(given)) }),
}

export const usersEnable: UsersCommand = {
  summary: 'let a disabled user in again; what was granted before stays refused',
  positionals: ['NAME_OR_ID'],
  options: {},
  run: async ({ users }, given, output) => answerUser(output, given, { user: await users.enable(positional(given)) }),
}

export const usersSetPassword: UsersCommand = {
  summary: 'give a user another password; what was granted before is refused',
  positionals: ['NAME_OR_ID'],
  options: { 'password-stdin': PASSWORD_STDIN },
  readsStdin: readsPassword,
  async run({ users }, given, output) {
    const { user, generated } = await users.setPassword(positional(given), readPassword(given))
    return answerUser(output, given, { user, password: generated })
  },
}

export const usersDelete: UsersCommand = {
  summary: 'delete a user; everything granted in their name is refused',
  positionals: ['NAME_OR_ID'],
  options: {},
  async run({ users }, given, output) {
    const user = await users.remove(positional(given))
    return answer(output, given, { json: { ...describeUser(user), state: 'deleted' }, text: `user ${user.id} is deleted` })
  },
}

/** @returns undefined where one is to be generated. */
function readPassword(given: Arguments): string | undefined {
  if (!readsPassword(given)) return undefined
  const [password = '', ...more] = (given.stdin ?? '').replace(/\r?\n$/, '').split(/\r?\n/)
  if (more.length > 0) throw new UsageError('standard input has more than one line')
  return password
}

function answerUser(output: Output, given: Arguments, { user, password }: { readonly user: User; readonly password?: string | undefined }): ExitCode {
  const document = { ...describeUser(user), ...(password !== undefined && { password }) }
  return answer(output, given, { json: document, text: formatFields(document) })
}

function describeUser(user: User) {
  return { user_id: user.id, name: user.name, state: user.state }
}
