import { createPasswordHashing, type PasswordHashing } from '../src/users/password-hash.js'

/** Hashes that take no time: what a real one takes is tested in `password-hash.test.ts`, and that it is a real one in `open-resources.test.ts`. */
export const createCheapPasswords = (): PasswordHashing => createPasswordHashing({ cost: { N: 16, r: 8, p: 1 }, running: 8, waiting: 64 })
