import { StoreUnavailable } from '../../src/errors/operational-errors.js'
import { createKeyFollower } from '../../src/keys/follow-keys.js'
import type { KeyStore, StoredKey } from '../../src/stores/key-store.js'
import { StillClock } from '../still-clock.js'
import { aKey, sealer } from './stored-keys.js'

type Listed = Awaited<ReturnType<KeyStore['list']>>

/** A store that answers when it is told to, with what it is told. */
function createSlowStore() {
  const waiting: ((listed: Listed) => void)[] = []
  return { list: () => new Promise<Listed>((resolve) => waiting.push(resolve)), waiting }
}

const accessKey = (): StoredKey => aKey('access')

describe('keys that are followed', () => {
  it('cannot be used before they have been read', () => {
    expect(() => createKeyFollower({ list: async () => ({ version: 1, keys: [] }) }, sealer, new StillClock()).ring()).toThrow(StoreUnavailable)
  })

  it('are read again only for a later version', async () => {
    let [readings, version] = [0, 3]
    const key = accessKey()
    const list = async (): Promise<Listed> => {
      readings += 1
      return { version, keys: [key] }
    }
    const follower = createKeyFollower({ list }, sealer, new StillClock())
    await follower.follow(3)
    await follower.follow(3)
    await follower.follow(2)
    expect(readings).toBe(1)
    version = 4
    await follower.follow(4)
    await follower.follow()
    expect(readings).toBe(3)
    expect(follower.ring().verificationKey('access', key.keyId)).toBeDefined()
  })

  it('are those of the later version when two readings end in the other order', async () => {
    const store = createSlowStore()
    const follower = createKeyFollower(store, sealer, new StillClock())
    const [older, newer] = [accessKey(), accessKey()]
    const readings = [follower.follow(1), follower.follow(2)]
    store.waiting[1]?.({ version: 2, keys: [newer] })
    await readings[1]
    store.waiting[0]?.({ version: 1, keys: [older] })
    await readings[0]
    expect(follower.ring().verificationKey('access', newer.keyId)).toBeDefined()
    expect(follower.ring().verificationKey('access', older.keyId)).toBeUndefined()
  })

  it('serve on as they were when a reading fails', async () => {
    const key = accessKey()
    let isAway = false
    const list = async (): Promise<Listed> => {
      if (isAway) throw new StoreUnavailable('database')
      return { version: 1, keys: [key] }
    }
    const follower = createKeyFollower({ list }, sealer, new StillClock())
    await follower.follow()
    isAway = true
    await expect(follower.follow(2)).rejects.toThrow(StoreUnavailable)
    expect(follower.ring().verificationKey('access', key.keyId)).toBeDefined()
  })
})

describe('when the keys were last known to be right', () => {
  it('is not known before the first reading, and stays where it was while the store is away', async () => {
    const clock = new StillClock()
    let isAway = false
    const list = async () => {
      if (isAway) throw new StoreUnavailable('database')
      return { version: 1, keys: [] }
    }
    const follower = createKeyFollower({ list }, sealer, clock)
    expect(follower.confirmedAtMs()).toBeUndefined()
    await follower.follow()
    const first = clock.nowMs()
    clock.advance(10)
    isAway = true
    await expect(follower.follow(2)).rejects.toThrow(StoreUnavailable)
    expect(follower.confirmedAtMs()).toBe(first)
  })

  it('is now when the counter says that nothing has changed', async () => {
    const clock = new StillClock()
    const follower = createKeyFollower({ list: async () => ({ version: 1, keys: [] }) }, sealer, clock)
    await follower.follow()
    clock.advance(10)
    await follower.follow(1)
    expect(follower.confirmedAtMs()).toBe(clock.nowMs())
  })
})
