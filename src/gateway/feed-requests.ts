import { askAgain } from './ask-again.js'
import { ResyncNeeded } from './feed-knowledge.js'
import { ServerUnavailable } from './http-requests.js'
import type { OwnToken } from './own-token.js'
import { requestAnew } from './request-anew.js'
import type { ServerTime } from './server-time.js'

/** Asks the server for what belongs to the feed, with the gateway's own token. */
export interface FeedRequests {
  /**
   * @param what `snapshot`, `changes?…`, `digests`.
   * @param terms `patienceMs`: after so long without an answer it is asked once more beside it.
   * @throws ServerUnavailable; ResyncNeeded for 410.
   */
  get(what: string, accept: string, terms: FeedRequestTerms): Promise<Response>
}

export interface FeedRequestTerms {
  readonly signal: AbortSignal
  readonly patienceMs: number
}

/** An own token that is refused is tried once more with a new one (it may have been revoked, or its key). */
export function createFeedRequests(feedUrl: URL, ownToken: OwnToken, time: ServerTime): FeedRequests {
  async function ask(url: URL, accept: string, { signal, patienceMs }: FeedRequestTerms): Promise<Response> {
    const token = await ownToken.get()
    // Only what the heartbeats come with bounds how late they are.
    const mustMeasure = url.pathname.endsWith('/changes')
    try {
      const { response, isAnswered } = await askAgain(
        async (one) => {
          const isAnswered = mustMeasure ? time.ask() : undefined
          return { response: await requestAnew(url, { headers: { accept, authorization: `Bearer ${token}` } }, one), isAnswered }
        },
        signal,
        patienceMs,
      )
      isAnswered?.()
      return response
    } catch (error) {
      if (error instanceof ServerUnavailable && error.status === 401) ownToken.forget(token)
      throw error
    }
  }

  return {
    async get(what, accept, terms) {
      const url = new URL(what, feedUrl)
      try {
        return await ask(url, accept, terms)
      } catch (error) {
        if (!(error instanceof ServerUnavailable)) throw error
        if (error.status === 410) throw new ResyncNeeded('the server no longer has what came after')
        if (error.status !== 401) throw error
      }
      return ask(url, accept, terms)
    },
  }
}
