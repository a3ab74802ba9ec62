import type { FeedPosition } from '../verification/feed-position.js'
import type { SnapshotHead } from '../verification/snapshot-message.js'
import type { FeedKnowledge } from './feed-knowledge.js'
import type { GatewayEvent } from './gateway-events.js'
import { readSnapshot } from './read-snapshot.js'
import type { SnapshotDraft, SnapshotFile, SnapshotSeal } from './snapshot-file.js'

/** What a start from the file knows beside the revocations. */
export interface Begun {
  readonly confirmedAtMs: number
  readonly keys: unknown
  /** Whether the issuer had signed it. */
  readonly isSigned: boolean
}

/** Keeps snapshots for the next start. Whatever goes wrong with the file is told, and stops nothing. */
export interface WarmStart {
  readonly isOn: boolean
  /** Takes in what the file has. @returns when the server had confirmed it, in milliseconds since 1970; undefined where there is nothing to begin with. */
  begin(knowledge: FeedKnowledge): Promise<Begun | undefined>
  /** A snapshot arrives that may be kept. */
  draft(): Promise<KeptSnapshot>
  /** So far has come what is known; the next start will not go back behind it. */
  mark(position: FeedPosition, nowMs: number): void
  /** Resolves when nothing is being written any more. */
  settle(): Promise<void>
}

/** The bytes of a snapshot on their way to the file. */
export interface KeptSnapshot {
  write(bytes: Uint8Array): Promise<void>
  finish(seal: SnapshotSeal): Promise<void>
  discard(): Promise<void>
}

export interface WarmStartNeeds {
  readonly file: SnapshotFile
  readonly issuer: string
  readonly nowMs: () => number
  readonly onEvent: (event: GatewayEvent) => void
}

const MARK_EVERY_MS = 5000

export function createWarmStart({ file, issuer, nowMs, onEvent }: WarmStartNeeds): WarmStart {
  let marked = ''
  let markedAtMs = Number.NEGATIVE_INFINITY
  let marking = Promise.resolve()
  const report = (error: unknown): void => onEvent({ type: 'file_problem', message: error instanceof Error ? error.message : String(error) })

  async function orReport<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work()
    } catch (error) {
      report(error)
      return undefined
    }
  }

  return {
    isOn: true,
    async begin(knowledge) {
      const saved = await orReport(() => readInto(knowledge, file, issuer))
      const mark = await orReport(() => file.readMark())
      if (mark !== undefined) knowledge.refuseBefore(mark)
      if (saved === undefined) return undefined
      const { confirmedAtMs, keys, signature } = saved.seal
      onEvent({ type: 'warm_start', position: saved.head, entries: knowledge.counts().entries, ageMs: nowMs() - confirmedAtMs })
      return { confirmedAtMs, keys, isSigned: signature !== undefined }
    },
    draft: async () => createKept(await orReport(() => file.begin()), report),
    mark(position, atMs) {
      const text = `${position.epoch}:${position.seq}`
      if (text === marked || atMs < markedAtMs + MARK_EVERY_MS) return
      marked = text
      markedAtMs = atMs
      marking = marking.then(() => file.writeMark(position)).catch(report)
    },
    settle: () => marking,
  }
}

/** @returns undefined where there is no file. @throws what makes the file useless; the knowledge is as it was then. */
async function readInto(
  knowledge: FeedKnowledge,
  file: SnapshotFile,
  issuer: string,
): Promise<{ readonly seal: SnapshotSeal; readonly head: SnapshotHead } | undefined> {
  const saved = await file.read()
  if (saved === undefined) return undefined
  const { seal, body } = saved
  if (seal.issuer !== issuer) throw new TypeError('the snapshot file is that of another issuer')
  const loading = knowledge.load()
  try {
    const { head } = await readSnapshot(body, loading.take, async () => undefined)
    loading.commit(head)
    return { seal, head }
  } catch (error) {
    loading.abandon()
    throw error
  }
}

/** After the first failure (a full disk) nothing more is written, and what is there is taken away. */
function createKept(begun: SnapshotDraft | undefined, report: (error: unknown) => void): KeptSnapshot {
  let draft = begun

  async function attempt(work: (to: SnapshotDraft) => Promise<void>): Promise<void> {
    if (draft === undefined) return
    try {
      await work(draft)
    } catch (error) {
      await draft.discard().catch(() => undefined)
      draft = undefined
      report(error)
    }
  }

  return {
    write: (bytes) => attempt((to) => to.write(bytes)),
    finish: (seal) => attempt((to) => to.finish(seal)),
    discard: () => attempt((to) => to.discard()),
  }
}

/** Keeps nothing. */
export const NO_WARM_START: WarmStart = {
  isOn: false,
  begin: async () => undefined,
  draft: async () => createKept(undefined, () => undefined),
  mark: () => undefined,
  settle: async () => undefined,
}
