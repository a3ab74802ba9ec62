import { randomBytes, randomUUID } from 'node:crypto'
import { CommandRefused } from '../errors/operational-errors.js'
import type { AccountState } from '../model/client.js'
import { userId } from '../model/ids.js'
import type { RevocationEntry } from '../model/revocation-entry.js'
import type { Clock } from '../model/time.js'
import type { User } from '../model/user.js'
import type { UserChange, UserStore } from '../stores/user-store.js'
import type { PasswordHashing } from './password-hash.js'
import { isUserIdForm, parseUserName } from './user-name.js'

/** A user with the password that was generated, known this once; undefined where it was given. */
export interface UserWithPassword {
  readonly user: User
  readonly generated: string | undefined
}

export interface UserRegistryNeeds {
  readonly users: UserStore
  readonly passwords: Pick<PasswordHashing, 'hash'>
  readonly clock: Clock
  /** Called after each change with the entry it caused, before the change is reported as done. */
  readonly afterChange: (entry: RevocationEntry | undefined) => Promise<void>
}

/** The users as their operator sees them, by id or by name. Every verb but create and list throws CommandRefused `not_found`. */
export interface UserRegistry {
  /** `password` undefined: one is generated. @throws CommandRefused `already_exists`, `invalid_name`, `password_refused` */
  create(name: string, password: string | undefined): Promise<UserWithPassword>
  list(): Promise<readonly User[]>
  get(nameOrId: string): Promise<User>
  /** What was granted with the old password is refused. @throws CommandRefused `password_refused` */
  setPassword(nameOrId: string, password: string | undefined): Promise<UserWithPassword>
  disable(nameOrId: string): Promise<User>
  enable(nameOrId: string): Promise<User>
  remove(nameOrId: string): Promise<User>
}

const PAGE = 500
const PASSWORD_BYTES = 18
const LONGEST_PASSWORD = 1024

export function createUserRegistry(needs: UserRegistryNeeds): UserRegistry {
  const { users, passwords, clock, afterChange } = needs
  const { get, change, setState } = createAccess(needs)
  return {
    async create(wantedName, given) {
      const name = parseUserName(wantedName)
      if (name === undefined)
        throw new CommandRefused('invalid_name', 'a name has 1 to 100 characters, no control characters, and is not of the form of an id')
      const { password, generated } = choosePassword(given)
      const user: User = { id: userId(randomUUID()), name, passwordHash: await passwords.hash(password), state: 'active', createdAt: clock.now() }
      await users.create(user)
      await afterChange(undefined)
      return { user, generated }
    },
    list: () => listAll(users),
    get,
    async setPassword(nameOrId, given) {
      const { password, generated } = choosePassword(given)
      // Looked for first, so that a wrong name costs no hash.
      const user = await get(nameOrId)
      return { user: await change(user, { passwordHash: await passwords.hash(password) }), generated }
    },
    disable: (nameOrId) => setState(nameOrId, 'disabled'),
    enable: (nameOrId) => setState(nameOrId, 'active'),
    async remove(nameOrId) {
      const user = await get(nameOrId)
      const entry = await users.remove(user.id)
      if (entry === undefined) throw notFound()
      await afterChange(entry)
      return user
    },
  }
}

function createAccess({ users, afterChange }: UserRegistryNeeds) {
  async function get(nameOrId: string): Promise<User> {
    const user = await findUser(users, nameOrId)
    if (user === undefined) throw notFound()
    return user
  }

  async function change(user: User, change: UserChange): Promise<User> {
    const changed = await users.update(user.id, change)
    if (changed === undefined) throw notFound()
    await afterChange(changed.entry)
    return changed.record
  }

  const setState = async (nameOrId: string, state: AccountState): Promise<User> => change(await get(nameOrId), { state })

  return { get, change, setState }
}

async function listAll(users: UserStore): Promise<readonly User[]> {
  const all: User[] = []
  for (let after = ''; ; after = all.at(-1)?.name ?? '') {
    const page = await users.list(after, PAGE)
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

const notFound = (): CommandRefused => new CommandRefused('not_found', 'there is no such user')

async function findUser(users: UserStore, nameOrId: string): Promise<User | undefined> {
  if (isUserIdForm(nameOrId)) return users.find(userId(nameOrId.toLowerCase()))
  const name = parseUserName(nameOrId)
  return name === undefined ? undefined : users.findByName(name)
}

function choosePassword(given: string | undefined): { readonly password: string; readonly generated: string | undefined } {
  if (given === undefined) {
    const generated = randomBytes(PASSWORD_BYTES).toString('base64url')
    return { password: generated, generated }
  }
  if (given === '' || given.length > LONGEST_PASSWORD)
    throw new CommandRefused('password_refused', `a password has 1 to ${LONGEST_PASSWORD} characters`)
  return { password: given, generated: undefined }
}
