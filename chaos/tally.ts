/** What a run has seen, for its last lines. */
export interface Tally {
  rounds: number
  requests: number
  acknowledgedWrites: number
  /** The connection closed. */
  closed: number
  /** No answer within the patience of a client. */
  late: number
  refusedHonestly: number
  /** Successors that had to be given again, longer than a grace after the token was spent, since an outage lay between. */
  keptAfterOutage: number
  checks: number
  readonly faults: Map<string, number>
  readonly violations: string[]
  /** Told each line at once. */
  readonly print: (line: string) => void
}

export const createTally = (print: Tally['print'] = (line) => void process.stdout.write(`${line}\n`)): Tally => ({
  rounds: 0,
  requests: 0,
  acknowledgedWrites: 0,
  closed: 0,
  late: 0,
  refusedHonestly: 0,
  keptAfterOutage: 0,
  checks: 0,
  faults: new Map(),
  violations: [],
  print,
})

export function countFault(tally: Tally, kind: string): void {
  tally.faults.set(kind, (tally.faults.get(kind) ?? 0) + 1)
}

/** `rule` is the letter of the promise in docs/chaos.md. */
export function violate(tally: Tally, rule: string, what: string): void {
  const line = `(${rule}) ${what}`
  tally.violations.push(line)
  tally.print(`VIOLATION ${new Date().toISOString()} ${line}`)
}
