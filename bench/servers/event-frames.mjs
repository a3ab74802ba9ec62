const HEAD_END = '\r\n\r\n'
const LINE_END = '\r\n'

/**
 * Takes an answer apart that is sent in chunks (RFC 9112 §7.1), and puts it together again with what `change(text)` makes of each chunk:
 * a list of texts. An answer of any other form passes as it is.
 */
export function createFrames(change) {
  let rest = Buffer.alloc(0)
  let part = 'head'

  function takeHead() {
    const end = rest.indexOf(HEAD_END)
    if (end < 0) return undefined
    const head = rest.subarray(0, end + HEAD_END.length)
    part = /^transfer-encoding: *chunked/im.test(head.toString('latin1')) ? 'chunks' : 'other'
    rest = rest.subarray(head.length)
    return head
  }

  function takeChunk() {
    const start = rest.indexOf(LINE_END) + LINE_END.length
    if (start < LINE_END.length) return undefined
    const length = Number.parseInt(rest.toString('latin1', 0, start), 16)
    const end = start + length + LINE_END.length
    if (rest.length < end) return undefined
    const chunk = rest.subarray(start, start + length)
    rest = rest.subarray(end)
    if (length > 0) return Buffer.concat(change(chunk.toString()).map(toChunk))
    part = 'head'
    return toChunk('')
  }

  function takeNext() {
    if (rest.length === 0) return undefined
    if (part === 'head') return takeHead()
    if (part === 'chunks') return takeChunk()
    const all = rest
    rest = Buffer.alloc(0)
    return all
  }

  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    const taken = []
    for (let next = takeNext(); next !== undefined; next = takeNext()) taken.push(next)
    return Buffer.concat(taken)
  }
}

function toChunk(text) {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}${LINE_END}`), bytes, Buffer.from(LINE_END)])
}
