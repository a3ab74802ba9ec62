import type { PostEvent, PostOutcome } from '../../wso2/send-line.js'

export interface NotifierSettings {
  /** `…/internal/data/v1/notify` of the control plane. */
  readonly url: string
  readonly username: string
  readonly password: string
  /** Which of its handlers is to take the event: `X-WSO2-KEY-MANAGER`. */
  readonly keyManager: string
}

/** Less than what is left of the lease under which it is begun. */
const TIMEOUT_MS = 4000
/** Of 4xx those that say nothing of the one event: wrong credentials, another address, too many at once. */
const OF_ALL: readonly number[] = [401, 403, 404, 407, 408, 425, 429]

/** POSTs each event once, with Basic authentication (RFC 7617 §2); any 2xx means that it was taken. */
export function createWso2Notifier({ url, username, password, keyManager }: NotifierSettings): PostEvent {
  const { origin, pathname } = new URL(url)
  const headers = {
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    'content-type': 'application/json',
    'x-wso2-key-manager': keyManager,
  }
  return async (body): Promise<PostOutcome> => {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), redirect: 'manual', signal })
      await response.body?.cancel()
      if (response.ok) return { kind: 'taken' }
      const cause = new Error(`${origin}${pathname} answered ${response.status}`)
      return { kind: isOfThisEvent(response.status) ? 'refused' : 'failed', cause }
    } catch (cause) {
      return { kind: 'failed', cause: new Error(`${origin}${pathname} does not answer`, { cause }) }
    }
  }
}

const isOfThisEvent = (status: number): boolean => status >= 400 && status < 500 && !OF_ALL.includes(status)
