/** What came over the feed is not of its form. Whoever reads it starts anew from a snapshot. */
export class MalformedFeedMessage extends Error {
  override readonly name = 'MalformedFeedMessage'
}
