/** One event of a `text/event-stream`. */
export interface StreamEvent {
  readonly type: string
  readonly id: string
  readonly data: string
}

/**
 * Reads events (WHATWG HTML §9.2.6) from the lines of a stream, as many together as came together. One that is not ended by an empty line was cut off and
 * is left out.
 */
export async function* readEvents(together: AsyncIterable<readonly string[]>): AsyncIterable<readonly StreamEvent[]> {
  const take = createEventReader()
  for await (const lines of together) {
    const events: StreamEvent[] = []
    for (const line of lines) {
      const event = take(line)
      if (event !== undefined) events.push(event)
    }
    yield events
  }
}

/** @returns what takes the next line, and gives the event that it ends. */
function createEventReader(): (line: string) => StreamEvent | undefined {
  let type: string | undefined
  let id = ''
  let data: string | undefined

  function end(): StreamEvent | undefined {
    const event = data === undefined ? undefined : { type: type ?? 'message', id, data }
    type = undefined
    id = ''
    data = undefined
    return event
  }

  return (line) => {
    if (line === '') return end()
    const colon = line.indexOf(':')
    // One that begins with a colon is a comment, and has no name.
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'event') type = value
    else if (name === 'id') id = value
    else if (name === 'data') data = data === undefined ? value : `${data}\n${value}`
    return undefined
  }
}
