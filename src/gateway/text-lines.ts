import { MalformedFeedMessage } from '../verification/feed-message.js'

const LONGEST_LINE = 64 * 1024

/** The lines of a body, without their ends; a last one without an end was cut off and is left out. @throws MalformedFeedMessage when one is endless or no UTF-8. */
export async function* readLines(body: AsyncIterable<Uint8Array> | null): AsyncIterable<string> {
  const decode = createDecoder()
  let rest = ''
  for await (const bytes of body ?? []) {
    const lines = (rest + decode(bytes)).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LONGEST_LINE) throw new MalformedFeedMessage('an endless line')
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
  }
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
