/**
 * What was found out about tokens, by the whole token: were a hash of it or a part such as the signature enough, another token could
 * stand for it.
 */
export interface VerifiedCache<Finding> {
  find(token: string, nowMs: number): Finding | undefined
  keep(token: string, finding: Finding, nowMs: number): void
}

export interface CacheLimits {
  readonly mostTokens: number
  /** Longer tokens are not kept. */
  readonly longestToken: number
  readonly keepMs: number
}

interface Kept<Finding> {
  readonly token: string
  readonly finding: Finding
  readonly untilMs: number
}

/**
 * A token is looked up by its end and then compared as a whole: to compare takes a quarter of the time that it takes to hash a text that has just
 * come out of a request. Of two tokens with one end only the later is kept.
 */
const END = -32

/**
 * Two halves: when the newer is full, the older goes and the newer takes its place; what is found in the older moves up. So what is
 * asked for stays, and no look or step costs more than another.
 */
export function createVerifiedCache<Finding>(limits: CacheLimits): VerifiedCache<Finding> {
  const most = Math.ceil(limits.mostTokens / 2)
  let newer = new Map<string, Kept<Finding>>()
  let older: typeof newer = new Map()

  function put(kept: Kept<Finding>): void {
    if (newer.size >= most) {
      older = newer
      newer = new Map()
    }
    newer.set(kept.token.slice(END), kept)
  }

  return {
    find(token, nowMs) {
      const end = token.slice(END)
      const recent = newer.get(end)
      const found = recent ?? older.get(end)
      if (found === undefined || found.token !== token || nowMs >= found.untilMs) return undefined
      if (recent === undefined) put(found)
      return found.finding
    },
    keep(token, finding, nowMs) {
      if (token.length <= limits.longestToken && most > 0) put({ token, finding, untilMs: nowMs + limits.keepMs })
    },
  }
}
