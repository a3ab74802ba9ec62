import { grantId, tokenId } from '../../../src/model/ids.js'
import { aClient, aStoredToken, databaseTime, hash } from '../../stores/opened-stores.js'
import type { ServerDatabase } from './server-database.js'

const LANES = 8
/** Of each at least: changes, and tokens issued between them. */
const CHANGES = 40

/** What an operator who changes a client may expect while several nodes issue tokens to it. */
export function clientWritersContract(name: string, of: () => ServerDatabase): void {
  describe(`Changes of a client that tokens are issued to (${name})`, () => {
    it('are done and acknowledged, however many tokens replace each other at the same time, and so is its deletion', async () => {
      const stores = await of().openStores()
      const nodes = [await of().open(), await of().open()]
      const { id } = aClient()
      await stores.clients.create(aClient())
      const now = await databaseTime(stores)
      let isOver = false
      let issued = 0
      const issuing = Array.from({ length: LANES }, async (_, lane) => {
        for (let round = 0; !isOver; round++) {
          const name = `${lane}-${round}`
          const token = aStoredToken(now, {
            tokenId: tokenId(`token-${name}`),
            accessTokenHash: hash(`access-${name}`),
            refreshTokenHash: hash(`refresh-${name}`),
            grantId: grantId(`grant-${name}`),
            format: 'jwt',
          })
          await nodes[lane % nodes.length]?.storedTokens.issue(token, { kind: 'replace' }).then(
            () => {
              issued += 1
            },
            // One that waits too long for the others is told so: what is asked here is what becomes of the operator.
            () => undefined,
          )
        }
      })
      const operator = async (): Promise<void> => {
        for (let change = 0; change < CHANGES || issued < CHANGES; change++) {
          const state = change % 2 === 0 ? 'disabled' : 'active'
          expect((await stores.clients.update(id, { state }))?.entry).toMatchObject({ kind: 'client', id })
        }
        expect(await stores.clients.remove(id)).toMatchObject({ kind: 'client', id })
      }
      await operator().finally(() => {
        isOver = true
      })
      await Promise.all(issuing)
      // Whoever was issuing at that moment was refused, or what he got went with the client.
      expect(await of().sql('SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN')).toEqual([])
    }, 60_000)
  })
}
