import type { Connection } from 'mariadb'

const OLDEST = { MariaDB: [10, 6, 0], MySQL: [8, 0, 17] } as const

/** @throws Error that says what is needed, where the server is older. */
export async function checkMysqlVersion(connection: Connection): Promise<void> {
  const [row] = await connection.query<readonly { readonly VERSION: string }[]>('SELECT VERSION() AS VERSION')
  const problem = problemOf(row?.VERSION ?? '')
  if (problem !== undefined) throw new Error(problem)
}

/** What is wrong with a server that says this of its version. */
export function problemOf(version: string): string | undefined {
  const product = version.includes('MariaDB') ? 'MariaDB' : 'MySQL'
  const oldest = OLDEST[product]
  const parts = version.split(/[.-]/).map(Number)
  const difference = oldest.map((least, index) => (parts[index] ?? 0) - least).find((one) => one !== 0) ?? 0
  return difference < 0 ? `${product} ${version} is too old: Jeton needs ${oldest.join('.')} or newer` : undefined
}
