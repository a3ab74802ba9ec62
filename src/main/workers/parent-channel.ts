import type { ParentChannel } from './siblings.js'

/** The channel of this process to the one that started it. */
export function openParentChannel(): ParentChannel {
  return {
    // A parent that is gone takes this process with it.
    send: (message) => void process.send?.(message, undefined, undefined, () => undefined),
    onMessage: (listener) => void process.on('message', listener),
  }
}
