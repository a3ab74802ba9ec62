/** 10,000 rows and two seconds of sleep: what WSO2's procedures cannot be faster than. */
const WSO2_ROWS_PER_SECOND = 5000

const perSecond = (rate) => `${Math.round(rate)} rows/s`
const ms = (value) => `${value.toFixed(1)} ms`

export function formatPurge({ node, engine, rate, backup, proof, comparison }) {
  const { alone, beside, plainRowsPerSecond } = comparison
  return `${[
    `purge: Node ${node}, ${engine}, ${proof.rows} rows of WSO2's, ${proof.goes} of which may go; backup: ${backup}`,
    `after ${proof.kills} kill -9: ${proof.wronglyLeft} wrongly left, ${proof.wronglyGone} wrongly gone, ${proof.orphanScopes} scopes without a token, ${proof.tokensWithoutScope} tokens without a scope`,
    `the last run: ${proof.deleted} rows in ${proof.seconds.toFixed(1)} s, start of the command included: ${perSecond(proof.rowsPerSecond)}`,
    ...(plainRowsPerSecond === undefined
      ? []
      : [`plain deletions by key: ${perSecond(plainRowsPerSecond)}; ratio ${(proof.rowsPerSecond / plainRowsPerSecond).toFixed(2)}`]),
    `beside what WSO2's procedures are bound to (${WSO2_ROWS_PER_SECOND} rows/s): ${(proof.rowsPerSecond / WSO2_ROWS_PER_SECOND).toFixed(1)} times`,
    `stored tokens issued at ${rate}/s: p50 ${ms(alone.p50Ms)}, p99 ${ms(alone.p99Ms)}; with a purge beside p50 ${ms(beside.p50Ms)}, p99 ${ms(beside.p99Ms)} (${(beside.p99Ms / alone.p99Ms).toFixed(2)} times), ${comparison.purgedMeanwhile} rows purged meanwhile`,
  ].join('\n')}\n`
}
