import { CommandRefused } from '../../errors/operational-errors.js'
import type { Client, TokenType } from '../../model/client.js'
import type { ClientId } from '../../model/ids.js'
import { longer, seconds } from '../../model/time.js'
import type { MemoryState } from './memory-state.js'

/** What several stores do with clients, each as a part of one of its verbs. */
export function addClient(state: MemoryState, client: Client): void {
  if (state.clients.has(client.id)) throw new CommandRefused('already_exists', `there is a client ${client.id} already`)
  putClient(state, client)
}

export function putClient({ clients, head }: MemoryState, client: Client): void {
  const { applicationAccessToken = NONE, userAccessToken = NONE, refreshToken = NONE } = client.lifetimes ?? {}
  head.longestAccessLifetime = longer(head.longestAccessLifetime, longer(applicationAccessToken, userAccessToken))
  head.longestRefreshLifetime = longer(head.longestRefreshLifetime, refreshToken)
  clients.set(client.id, client)
  head.clients += 1
}

const NONE = seconds(0)

/** @returns whether it was there. */
export function removeClient(state: MemoryState, id: ClientId): boolean {
  if (!state.clients.delete(id)) return false
  for (const token of state.storedTokens.values()) if (token.clientId === id) state.storedTokens.delete(token.tokenId)
  state.head.clients += 1
  return true
}

/** @returns how many had the other kind. */
export function moveClients(state: MemoryState, tokenType: TokenType, ids: readonly ClientId[]): number {
  const moved = ids.flatMap((id) => state.clients.get(id) ?? []).filter((client) => client.tokenType !== tokenType)
  for (const client of moved) putClient(state, { ...client, tokenType })
  return moved.length
}
