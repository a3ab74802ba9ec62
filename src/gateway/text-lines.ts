import { MalformedFeedMessage } from '../verification/malformed-feed-message.js'

const LONGEST_LINE = 64 * 1024

/**
 * The lines of a body, without their ends, as many together as came together: waiting for each would cost more than reading it. A last one without an end was
 * cut off and is left out. @throws MalformedFeedMessage when one is endless or no UTF-8.
 */
export async function* readLinesTogether(body: AsyncIterable<Uint8Array> | null): AsyncIterable<readonly string[]> {
  const decode = createDecoder()
  let rest = ''
  for await (const bytes of body ?? []) {
    const text = rest + decode(bytes)
    const lines = text.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LONGEST_LINE) throw new MalformedFeedMessage('an endless line')
    yield text.includes('\r') ? lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line)) : lines
  }
}

/** As {@link readLinesTogether}, one by one. */
export async function* readLines(body: AsyncIterable<Uint8Array> | null): AsyncIterable<string> {
  for await (const lines of readLinesTogether(body)) yield* lines
}

function createDecoder(): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return (bytes) => {
    try {
      return decoder.decode(bytes, { stream: true })
    } catch (cause) {
      throw new MalformedFeedMessage('a line that is no UTF-8', { cause })
    }
  }
}
