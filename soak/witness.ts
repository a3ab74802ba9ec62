import type { SoakEngine } from './options.js'
import type { SoakDatabase } from './soak-database.js'

/** A row of the token table, by the hash that a client can reckon of the token it was given. */
export interface WitnessedRow {
  readonly tokenId: string
  readonly hash: string
  readonly state: string
}

/** What the database holds, and what its own triggers have seen, in the transactions of Jeton. */
export interface Evidence {
  /** Every row that was ever inserted into the token table, and stayed so. */
  readonly inserted: readonly WitnessedRow[]
  /** Every row that left ACTIVE, by a change or by its deletion. */
  readonly left: readonly WitnessedRow[]
  readonly table: readonly WitnessedRow[]
  readonly audit: readonly WitnessedRow[]
  /** Scopes in the table of scopes, by token. */
  readonly scopes: ReadonlyMap<string, number>
}

const TABLES = ['INSERTED', 'LEFT_ACTIVE'].map((name) => `CREATE TABLE SOAK_${name} (TOKEN_ID VARCHAR(255), ACCESS_TOKEN_HASH VARCHAR(512))`)
const LEFT = "OLD.TOKEN_STATE = 'ACTIVE' AND NEW.TOKEN_STATE <> 'ACTIVE'"
const WAS_ACTIVE = "OLD.TOKEN_STATE = 'ACTIVE'"
const note = (table: string, row: string): string =>
  `INSERT INTO SOAK_${table} (TOKEN_ID, ACCESS_TOKEN_HASH) SELECT ${row}.TOKEN_ID, ${row}.ACCESS_TOKEN_HASH`

/** Event, and what is noted then. */
const NOTES = [
  ['INSERT', `${note('INSERTED', 'NEW')}`, ''],
  ['UPDATE', `${note('LEFT_ACTIVE', 'OLD')}`, LEFT],
  ['DELETE', `${note('LEFT_ACTIVE', 'OLD')}`, WAS_ACTIVE],
] as const

function triggersOf(engine: SoakEngine): readonly string[] {
  return NOTES.flatMap(([event, insert, condition]) => {
    const head = `CREATE TRIGGER SOAK_ON_${event} AFTER ${event} ON IDN_OAUTH2_ACCESS_TOKEN FOR EACH ROW`
    const where = condition === '' ? '' : ` WHERE ${condition}`
    if (engine === 'sqlite') return [`${head} BEGIN ${insert}${where}; END`]
    if (engine === 'mysql') return [`${head} ${insert} FROM DUAL${where}`]
    const body = `BEGIN ${insert}${where}; RETURN NULL; END`
    return [`CREATE FUNCTION SOAK_NOTE_${event}() RETURNS TRIGGER LANGUAGE plpgsql AS $$ ${body} $$`, `${head} EXECUTE FUNCTION SOAK_NOTE_${event}()`]
  })
}

/** Has the database note what happens to the token table. Its schema has to be there. */
export async function callWitness({ engine, query }: SoakDatabase): Promise<void> {
  for (const statement of [...TABLES, ...triggersOf(engine)]) await query(statement)
}

export async function readEvidence({ query }: SoakDatabase): Promise<Evidence> {
  const read = async (table: string, state: string): Promise<readonly WitnessedRow[]> => {
    const rows = await query(`SELECT TOKEN_ID, ACCESS_TOKEN_HASH, ${state} AS STATE FROM ${table}`)
    return rows.map(({ TOKEN_ID, ACCESS_TOKEN_HASH, STATE }) => ({
      tokenId: String(TOKEN_ID),
      hash: String(ACCESS_TOKEN_HASH),
      state: String(STATE),
    }))
  }
  const scopes = await query('SELECT TOKEN_ID, COUNT(*) AS SCOPES FROM IDN_OAUTH2_ACCESS_TOKEN_SCOPE GROUP BY TOKEN_ID')
  return {
    inserted: await read('SOAK_INSERTED', "''"),
    left: await read('SOAK_LEFT_ACTIVE', "''"),
    table: await read('IDN_OAUTH2_ACCESS_TOKEN', 'TOKEN_STATE'),
    audit: await read('IDN_OAUTH2_ACCESS_TOKEN_AUDIT', 'TOKEN_STATE'),
    scopes: new Map(scopes.map(({ TOKEN_ID, SCOPES }) => [String(TOKEN_ID), Number(SCOPES)])),
  }
}
