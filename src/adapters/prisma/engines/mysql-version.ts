import type { Connection } from 'mariadb'

const OLDEST = { MariaDB: [10, 6, 0], MySQL: [8, 0, 17] } as const

type Product = keyof typeof OLDEST

/** Which of the two it is. @throws Error that says what is needed, where the server is older. */
export async function checkMysqlVersion(connection: Connection): Promise<Product> {
  const [row] = await connection.query<readonly { readonly VERSION: string }[]>('SELECT VERSION() AS VERSION')
  const version = row?.VERSION ?? ''
  const problem = problemOf(version)
  if (problem !== undefined) throw new Error(problem)
  return productOf(version)
}

const productOf = (version: string): Product => (version.includes('MariaDB') ? 'MariaDB' : 'MySQL')

/** What is wrong with a server that says this of its version. */
export function problemOf(version: string): string | undefined {
  const product = productOf(version)
  const oldest = OLDEST[product]
  const parts = version.split(/[.-]/).map(Number)
  const difference = oldest.map((least, index) => (parts[index] ?? 0) - least).find((one) => one !== 0) ?? 0
  return difference < 0 ? `${product} ${version} is too old: Jeton needs ${oldest.join('.')} or newer` : undefined
}
