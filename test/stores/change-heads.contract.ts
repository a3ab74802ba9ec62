import { tokenId } from '../../src/model/ids.js'
import { seconds } from '../../src/model/time.js'
import type { OpenStores } from './opened-stores.js'

/** What every ChangeHeads promises. */
export function changeHeadsContract(name: string, open: OpenStores): void {
  describe(`ChangeHeads (${name})`, () => {
    it('begins at nothing, with the time at which the log was begun as its epoch', async () => {
      const head = await (await open()).heads.read()
      expect(head).toMatchObject({ seq: 0, trimmedTo: 0, longestAccessLifetime: 0, longestRefreshLifetime: 0 })
      expect(head.epoch).toBeLessThanOrEqual(head.databaseTimeMs)
      expect(head.epoch).toBeGreaterThan(head.databaseTimeMs - 600_000)
    })

    it('records the longest lifetimes and never shortens them', async () => {
      const { heads } = await open()
      await heads.raiseLifetimes(seconds(3600), seconds(86_400))
      await heads.raiseLifetimes(seconds(60), seconds(90_000))
      expect(await heads.read()).toMatchObject({ longestAccessLifetime: 3600, longestRefreshLifetime: 90_000 })
    })

    it('begins a later epoch whose head is at least where the caller has been', async () => {
      const { heads, revocations } = await open()
      const { epoch } = await heads.read()
      await heads.startEpoch(epoch, 40)
      const head = await heads.read()
      expect(head.epoch).toBeGreaterThan(epoch)
      expect(head.seq).toBe(40)
      const [entry] = await revocations.append([{ kind: 'token', id: tokenId('t'), expiresAt: undefined }])
      expect(entry?.seq).toBe(41)
    })

    it('never takes the head back', async () => {
      const { heads, revocations } = await open()
      await revocations.append([{ kind: 'all' }, { kind: 'all' }])
      const { epoch } = await heads.read()
      await heads.startEpoch(epoch, 1)
      expect((await heads.read()).seq).toBe(2)
    })

    it('begins one epoch when several ask for it', async () => {
      const { heads } = await open()
      const { epoch } = await heads.read()
      await heads.startEpoch(epoch, 5)
      const { epoch: second } = await heads.read()
      await heads.startEpoch(epoch, 9)
      expect(await heads.read()).toMatchObject({ epoch: second, seq: 5 })
    })
  })
}
