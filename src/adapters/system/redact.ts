const GONE = '[redacted]'
const LONGEST_INPUT = 8192

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
/** The name of a key of the configuration. What is random has digits or capitals, all but for certain. */
const NAME = /^[a-z]+(?:_[a-z]+)+$/
/** 24 bytes or more in base64url, 16 or more in hex: what keys, secrets, opaque tokens and their hashes look like. */
const LONG_RUN = /[A-Za-z0-9_-]{32,}/g

const SECRET_WORD = '(?:password|passwd|pwd|secret|token|assertion|credential|api_?key|encryption_key)[\\w-]{0,40}'
const QUOTED = `"(?:[^"\\\\]|\\\\.)*"?|'(?:[^'\\\\]|\\\\.)*'?`
const BARE = '[^\\s&,;)\\]}]+'

/**
 * Each takes out what follows the part it keeps. Whole forms come first, so that no half of one is left for the next.
 * None looks further back or ahead than a bound, since a message may be long and chosen by a stranger.
 */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g, GONE],
  [/\b(authorization["']?\s*[:=]\s*["']?)(?:\w+\s+)?[^\s"',;]+/gi, `$1${GONE}`],
  [/\b(Bearer|Basic|DPoP)\s+[A-Za-z0-9._~+/=-]+/gi, `$1 ${GONE}`],
  [/(:\/\/)[^\s/]*@/g, `$1${GONE}@`],
  [new RegExp(`(${SECRET_WORD}["']?\\s*=\\s*)(?:${QUOTED}|${BARE})`, 'gi'), `$1${GONE}`],
  [new RegExp(`(${SECRET_WORD}["']\\s*:\\s*)(?:${QUOTED}|${BARE})`, 'gi'), `$1${GONE}`],
  [/((?:password|passwd|pwd|secret)\s*:\s*)[^\s,;)\]}]+/gi, `$1${GONE}`],
  [/(\)\s*=\s*\()[^)]*\)?/g, `$1${GONE})`],
  [/\beyJ[\w-]*(?:\.[\w-]*)*/g, GONE],
  [/(?<![\w-])[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g, GONE],
  [/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{16,}={1,2}/g, GONE],
]

/**
 * Takes out of a text for the log whatever looks like a token, a secret or a password. Rather too much than too little:
 * the text comes from libraries, which put their parameters into their messages.
 */
export function redact(text: string): string {
  const known = FORMS.reduce((rest, [form, kept]) => rest.replace(form, kept), bounded(text))
  return known.replace(LONG_RUN, (run) => (UUID.test(run) || NAME.test(run) ? run : GONE))
}

/** Ends between two words, so that no secret is cut to a piece that is too short to be known for one. */
function bounded(text: string): string {
  if (text.length <= LONGEST_INPUT) return text
  const head = text.slice(0, LONGEST_INPUT)
  return head.slice(0, Math.max(head.lastIndexOf(' '), head.lastIndexOf('\n'), 0))
}
