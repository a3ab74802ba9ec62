/** How long a spent refresh token gives its successor again, in the chaos configuration: short, so that outages can be longer. */
export const GRACE_MS = 4_000
/** How often, there. */
export const GRACE_REUSE = 20
/** A node that is up asks the database every 500 ms: it has met any outage of this length. */
const NOTICED_MS = 1_500
/** What whole seconds and the time between two polls may take away from a grace. */
const MARGIN_MS = 300
const BEGAN_MARGIN_MS = 1_000

/** When the database was away. Times in milliseconds since 1970, by the runner's clock, which is the database's. */
export interface Outage {
  /** From which node; undefined: from all. */
  readonly of: number | undefined
  /** It still answered. */
  readonly began: number
  /** It surely did not answer any more. */
  down?: number
  /** It surely answered again. */
  ended?: number
}

/** A refresh token that was presented first at `since`, and is now judged by a node that has been serving since `servesSince`. */
export interface Repetition {
  readonly since: number
  readonly now: number
  readonly node: number
  readonly servesSince: number | undefined
}

export interface Outages {
  begin(of?: number): Outage
  /** Whether a node could not ask the database at any time between. */
  wasAway(node: number, from: number, to: number): boolean
  /** Whether the grace is still to be granted: the ordinary one, or the one from the end of an outage that this node has met. */
  isInGrace(repetition: Repetition): boolean
}

export function createOutages(): Outages {
  const all: Outage[] = []
  const at = (node: number) => all.filter(({ of }) => of === undefined || of === node)
  return {
    begin(of) {
      const outage: Outage = { of, began: Date.now() }
      all.push(outage)
      return outage
    },
    wasAway: (node, from, to) => at(node).some(({ down = Number.POSITIVE_INFINITY, ended }) => down <= from && to <= (ended ?? to)),
    isInGrace: (repetition) => isNear(repetition.since, repetition.now) || at(repetition.node).some((outage) => isExtendedBy(outage, repetition)),
  }
}

const isNear = (from: number, to: number): boolean => to - from < GRACE_MS - MARGIN_MS

/** What was spent in the outage, or within a grace before it, has its grace from its end, at every node that has met it (decision 25). */
function isExtendedBy({ began, ended }: Outage, { since, now, servesSince }: Repetition): boolean {
  if (ended === undefined || ended - began < NOTICED_MS || servesSince === undefined || servesSince > began) return false
  return since >= began - GRACE_MS + BEGAN_MARGIN_MS && since <= ended && isNear(ended, now)
}
