import type { BusinessEvent } from '../model/event.js'

/** Takes note of what happened. Never fails the caller and never waits. */
export type EventSink = (event: BusinessEvent) => void
