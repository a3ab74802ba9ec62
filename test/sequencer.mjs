import Sequencer from '@jest/test-sequencer'

/** Flows start processes and last longest, then come engines: with the quick ones last, all workers end at about the same time. */
const SLOW_FIRST = ['/test/flows/', '/test/adapters/']

const rank = ({ path }) => {
  const place = SLOW_FIRST.findIndex((folder) => path.includes(folder))
  return place === -1 ? SLOW_FIRST.length : place
}

export default class SlowFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((one, other) => rank(one) - rank(other))
  }
}
