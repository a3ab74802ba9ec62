import type { Clock } from '../../model/time.js'
import type { SnapshotObserver } from '../gateway-events.js'
import { createHaproxyMaps } from './haproxy-maps.js'
import { createHaproxySocket } from './haproxy-socket.js'
import { type KeptCopy, keepCopy } from './keep-copy.js'
import type { RevocationCopy } from './revocation-copy.js'
import { createRevocationsFile } from './revocations-file.js'

/** Which other programs are told what is revoked. */
export interface CopySettings {
  /** For programs that read a file; its folder has to be writable. */
  readonly file?: string
  readonly haproxy?: {
    /** HAProxy's runtime socket, with the level admin. */
    readonly socket: string
    /** Where its maps are, as its configuration names them. */
    readonly maps: string
  }
}

export interface CopiesNeeds {
  readonly hardMs: number
  readonly clock: Clock
  /** @param copy the file or the socket. */
  readonly onProblem: (copy: string, message: string) => void
}

/** Keeps all of them at the same place, each at its own pace. */
export function keepCopies({ file, haproxy }: CopySettings, { hardMs, clock, onProblem }: CopiesNeeds): KeptCopy {
  const keep = (name: string, copy: RevocationCopy): KeptCopy => keepCopy(copy, { hardMs, clock, onProblem: (message) => onProblem(name, message) })
  const copies = [
    ...(file === undefined ? [] : [keep(file, createRevocationsFile(file))]),
    ...(haproxy === undefined ? [] : [keep(haproxy.socket, createHaproxyMaps(createHaproxySocket(haproxy.socket), haproxy.maps))]),
  ]
  return {
    snapshot: () => together(copies.map((copy) => copy.snapshot())),
    change(entry) {
      for (const copy of copies) copy.change(entry)
    },
    confirmed(position, times) {
      for (const copy of copies) copy.confirmed(position, times)
    },
    async close() {
      await Promise.all(copies.map((copy) => copy.close()))
    },
  }
}

function together(snapshots: readonly SnapshotObserver[]): SnapshotObserver {
  return {
    entry(entry) {
      for (const one of snapshots) one.entry(entry)
    },
    taken(position) {
      for (const one of snapshots) one.taken(position)
    },
    abandoned() {
      for (const one of snapshots) one.abandoned()
    },
  }
}
