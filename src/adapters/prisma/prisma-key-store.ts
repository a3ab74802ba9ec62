import { keyId } from '../../model/ids.js'
import { epochSeconds } from '../../model/time.js'
import type { KeyChange, KeyStore, SealedKey, StoredKey } from '../../stores/key-store.js'
import { appendRevocation, type RevocationLimits } from './append-revocations.js'
import type { DatabaseSession, ModelRunner } from './database-session.js'
import type { Prisma } from './generated/sqlite/client.js'
import { countKeyChange } from './sql/head.js'
import { optionalInstant } from './sql-integer.js'

type KeyRow = Prisma.KeyGetPayload<object>
type KeyUpdate = NonNullable<KeyChange['update']>[number]

export function createPrismaKeyStore(session: DatabaseSession, limits: RevocationLimits): KeyStore {
  return {
    list: () =>
      session.modelTransaction(async (transaction) => {
        const head = await transaction.models.head.findUniqueOrThrow({ where: { id: 1 }, select: { keys: true } })
        const rows = await transaction.models.key.findMany({ orderBy: [{ createdAt: 'asc' }, { keyId: 'asc' }] })
        return { version: Number(head.keys), keys: rows.map(toKey) }
      }),
    apply: (version, change) =>
      session.modelTransaction(async (transaction) => {
        if ((await transaction.execute(countKeyChange(version))) === 0) return false
        await changeKeys(transaction, change)
        const revoke = change.revoke
        return { entry: revoke === undefined ? undefined : await appendRevocation(transaction, { kind: 'key', id: revoke }, limits) }
      }),
  }
}

async function changeKeys(transaction: ModelRunner, change: KeyChange): Promise<void> {
  for (const key of change.insert ?? []) await transaction.models.key.create({ data: toRow(key) })
  for (const update of change.update ?? []) await transaction.models.key.update({ where: { keyId: update.keyId }, data: toRowChange(update) })
}

function toRow(key: StoredKey) {
  return {
    keyId: key.keyId,
    use: key.use,
    algorithm: key.algorithm,
    publicJwk: key.publicJwk ?? null,
    sealed: key.sealed,
    createdAt: BigInt(key.createdAt),
    signsFrom: toColumn(key.signsFrom),
    retiresAt: toColumn(key.retiresAt),
    retiredAt: toColumn(key.retiredAt),
  }
}

/** Only what is named: a field that is there and undefined is emptied, one that is absent stays. */
function toRowChange(update: KeyUpdate) {
  return {
    ...('sealed' in update && update.sealed !== undefined ? { sealed: update.sealed } : {}),
    ...('signsFrom' in update ? { signsFrom: toColumn(update.signsFrom) } : {}),
    ...('retiresAt' in update ? { retiresAt: toColumn(update.retiresAt) } : {}),
    ...('retiredAt' in update ? { retiredAt: toColumn(update.retiredAt) } : {}),
  }
}

function toColumn(instant: number | undefined): bigint | null {
  return instant === undefined ? null : BigInt(instant)
}

function toKey(row: KeyRow): StoredKey {
  return {
    keyId: keyId(row.keyId),
    use: row.use as StoredKey['use'],
    algorithm: row.algorithm as StoredKey['algorithm'],
    publicJwk: row.publicJwk ?? undefined,
    sealed: row.sealed as SealedKey,
    createdAt: epochSeconds(Number(row.createdAt)),
    signsFrom: optionalInstant(row.signsFrom),
    retiresAt: optionalInstant(row.retiresAt),
    retiredAt: optionalInstant(row.retiredAt),
  }
}
