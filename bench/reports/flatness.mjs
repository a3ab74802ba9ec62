/** What "flat" means: how far the last minutes may be from the first ones. `slack` is for figures so small that a share of them says nothing. */
const LIMITS = [
  { name: 'p50', of: ({ p50Ms }) => p50Ms, factor: 1.25, slack: 1, unit: 'ms' },
  { name: 'p99', of: ({ p99Ms }) => p99Ms, factor: 1.5, slack: 5, unit: 'ms' },
  { name: 'CPU per request', of: ({ cpuMillisPerRequest }) => cpuMillisPerRequest, factor: 1.15, slack: 0, unit: 'ms' },
  { name: 'memory at the end', of: ({ after }) => after.memory / 2 ** 20, factor: 1.1, slack: 20, unit: 'MiB' },
  {
    name: 'JETON_GRANT with its indexes',
    of: ({ after: { grants } }) => (grants.bytes + grants.indexBytes) / 2 ** 20,
    factor: 1.05,
    slack: 0,
    unit: 'MiB',
  },
]

/** How much of what was scheduled has to be answered, and with 200. */
const ANSWERED = 0.999

/** Compares the first minutes of a run with its last ones, and what was answered with what was asked. */
export function judgeFlatness({ first, last, whole, due, lost }) {
  const checks = LIMITS.map(({ name, of, factor, slack, unit }) => {
    const [before, after] = [of(first), of(last)]
    const limit = before * factor + slack
    return { name, before, after, limit, unit, isKept: !(after > limit) }
  })
  const share = whole.ok / due
  const answered = { ok: whole.ok, due, lost, share, limit: ANSWERED, isKept: share >= ANSWERED }
  return { isFlat: answered.isKept && checks.every(({ isKept }) => isKept), answered, checks }
}
