import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, getWithToken, type OAuthClient, type Pair, pairOf } from '../../src/main/demo/oauth-client.js'
import type { Mode, SwitchingStage, TokenType } from './switching-stage.js'

/** Of which kind the application is when the token is made, and when it is used. */
export interface Kind {
  readonly made: TokenType
  readonly used: TokenType
}

export interface Cell {
  readonly stage: SwitchingStage
  readonly client: OAuthClient
  readonly kind: Kind
  readonly before: Mode
  readonly after: Mode
}

/** What a client holds when the server is restarted on the other file. */
export interface Held extends Pair {
  /** What was spent for the pair, newest last. */
  readonly spent: readonly string[]
}

export interface Operation {
  readonly name: string
  /** Refreshes before the switch. */
  readonly refreshes?: number
  /** What has to be so after the switch; it throws, or expects, otherwise. */
  check(cell: Cell, held: Held): Promise<void>
}

const PATIENCE_MS = 5000
const POLL_MS = 5

/** Pairs that do not end each other have scopes of their own: with persistence on, one pair lives for the same client, user and scopes. */
export async function hold(stage: SwitchingStage, client: OAuthClient, { refreshes = 0 }: Operation, scope: string): Promise<Held> {
  let pair = await stage.issue(client, scope)
  const spent: string[] = []
  for (let done = 0; done < refreshes; done++) {
    spent.push(pair.refresh)
    pair = pairOf(await client.refresh(pair.refresh))
  }
  return { ...pair, spent }
}

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'introspect',
    async check({ client }, { access, refresh }) {
      expect((await client.introspect(access)).body).toMatchObject({ active: true, client_id: client.id, username: 'ada' })
      expect((await client.introspect(refresh, 'refresh_token')).body).toMatchObject({ active: true, client_id: client.id })
    },
  },
  {
    name: 'userinfo',
    async check({ stage }, { access }) {
      expect(await getWithToken(`${stage.url}/oauth2/userinfo`, access)).toMatchObject({ status: 200, body: { preferred_username: 'ada' } })
    },
  },
  {
    name: 'refresh',
    async check(cell, { refresh }) {
      const next = pairOf(await cell.client.refresh(refresh))
      assertForm(cell, next)
      expect((await cell.client.introspect(next.access)).body).toMatchObject({ active: true })
      assertForm(cell, pairOf(await cell.client.refresh(next.refresh)))
    },
  },
  {
    name: 'refresh again, the answer having been lost',
    refreshes: 1,
    async check(cell, { refresh, spent }) {
      const again = pairOf(await cell.client.refresh(spent[0] ?? ''))
      expect((await cell.client.introspect(again.access)).body).toMatchObject({ active: true })
      // What the switch let the client keep and what it is given now are successors of one token: the grant goes on from either.
      if (sameForm(cell)) expect(again.refresh).toBe(refresh)
      pairOf(await cell.client.refresh(again.refresh))
    },
  },
  {
    name: 'replay',
    refreshes: 2,
    async check({ client }, { access, refresh, spent }) {
      assertInvalidGrant(await client.refresh(spent[0] ?? ''))
      assertInvalidGrant(await client.refresh(refresh))
      expect((await client.introspect(access)).body).toEqual({ active: false })
    },
  },
  {
    name: 'revoke',
    async check({ client, stage }, { access, refresh }) {
      expect((await client.revoke(refresh)).status).toBe(200)
      assertInvalidGrant(await client.refresh(refresh))
      expect((await client.introspect(access)).body).toEqual({ active: false })
      expect((await getWithToken(`${stage.url}/oauth2/userinfo`, access)).status).toBe(401)
    },
  },
  {
    name: 'revoke the access token alone',
    async check({ client }, { access, refresh }) {
      expect((await client.revoke(access)).status).toBe(200)
      expect((await client.introspect(access)).body).toEqual({ active: false })
      pairOf(await client.refresh(refresh))
    },
  },
  {
    name: 'gateway',
    async check({ stage, client, kind }, { access, refresh }) {
      // An opaque token says nothing to a gateway that judges by itself.
      expect((await stage.gateway.verify(access)).accepted).toBe(kind.made === 'JWT')
      expect((await client.revoke(refresh)).status).toBe(200)
      const deadline = performance.now() + PATIENCE_MS
      while ((await stage.gateway.verify(access)).accepted) {
        if (performance.now() > deadline) throw new Error('the gateway accepts a revoked token')
        await sleep(POLL_MS)
      }
    },
  },
]

/** Which form a pair has is decided by where it is made: the kind of the application, and the mode. */
function assertForm({ kind, after }: Cell, { access, refresh }: Pair): void {
  expect(access.startsWith('jat_')).toBe(kind.used === 'OAUTH')
  expect(refresh.startsWith('jrt_')).toBe(isStored(kind.used, after))
  if (kind.used === 'JWT') expect('entity_id' in claimsOf(access)).toBe(after === 'off')
}

const isStored = (type: TokenType, mode: Mode): boolean => type === 'OAUTH' || mode === 'on'

const sameForm = ({ kind, before, after }: Cell): boolean => isStored(kind.made, before) === isStored(kind.used, after)

function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
}

function assertInvalidGrant({ status, body }: Answer): void {
  expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_grant' })
}
