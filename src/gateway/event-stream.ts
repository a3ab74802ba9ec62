/** One event of a `text/event-stream`. */
export interface StreamEvent {
  readonly type: string
  readonly id: string
  readonly data: string
}

/** Reads events (WHATWG HTML §9.2.6) from the lines of a stream. One that is not ended by an empty line was cut off and is left out. */
export async function* readEvents(lines: AsyncIterable<string>): AsyncIterable<StreamEvent> {
  let fields = new Map<string, string>()
  for await (const line of lines) {
    if (line === '') {
      const data = fields.get('data')
      if (data !== undefined) yield { type: fields.get('event') ?? 'message', id: fields.get('id') ?? '', data }
      fields = new Map()
      continue
    }
    const colon = line.indexOf(':')
    // A line that begins with a colon is a comment.
    if (colon === 0) continue
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    const before = name === 'data' ? fields.get(name) : undefined
    fields.set(name, before === undefined ? value : `${before}\n${value}`)
  }
}
