import { pipeline, Readable } from 'node:stream'
import type { Request, RequestHandler } from 'express'
import type { SnapshotForm } from '../../feed/build-snapshot.js'
import type { Coding } from '../../feed/compress.js'
import type { Feed } from '../../feed/create-feed.js'
import { BINARY_TYPE } from '../../verification/binary-snapshot.js'

/** What is sent to whoever takes anything comes first. */
const FORMS: ReadonlyMap<string, SnapshotForm> = new Map([
  ['application/json', 'json'],
  ['application/x-ndjson', 'lines'],
  [BINARY_TYPE, 'binary'],
])
const TYPES = [...FORMS.keys()]
const CODINGS: readonly Coding[] = ['br', 'gzip']

/** GET /revocations/snapshot in one of three forms (RFC 9110 §12.5.1, §12.5.3), with validators (RFC 9110 §13.1.2) and signed. */
export function revocationSnapshotRoute(feed: Pick<Feed, 'snapshot' | 'transfer'>): RequestHandler {
  return async (request, response) => {
    response.vary('Accept').vary('Accept-Encoding')
    const type = request.accepts(TYPES) || ''
    const form = FORMS.get(type)
    if (form === undefined) return void response.status(406).json({ error: 'invalid_request', error_description: `there is ${TYPES.join(', ')}` })
    // Before anything is said that a refusal would have to take back.
    response.once(
      'close',
      feed.transfer(() => response.destroy()),
    )
    const coding = chooseCoding(request, form)
    const snapshot = await feed.snapshot({ form, coding })
    response.set({ ETag: snapshot.tag, 'Jeton-Signature': snapshot.signature })
    // May be kept, but has to be asked for each time: without this no validator would ever be sent.
    response.set('Cache-Control', 'private, no-cache')
    if (request.fresh) return void response.status(304).end()
    response.type(type).set('Content-Length', String(snapshot.bytes))
    if (coding !== undefined) response.set('Content-Encoding', coding)
    // RFC 9110 §9.3.2: HEAD has the head of GET.
    if (request.method === 'HEAD') return void response.end()
    // A piece at a time, each when the one before is on its way. Whoever leaves early is not answered.
    pipeline(Readable.from(snapshot.body), response, () => undefined)
  }
}

/** None is always fit to be sent: nobody is refused for the codings that he takes. The compact form hardly gets smaller. */
function chooseCoding(request: Request, form: SnapshotForm): Coding | undefined {
  return form === 'binary' ? undefined : CODINGS.find((coding) => coding === request.acceptsEncodings(...CODINGS, 'identity'))
}
