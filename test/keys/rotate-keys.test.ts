import { createMemoryDatabase } from '../../src/adapters/memory/memory-database.js'
import { CommandRefused } from '../../src/errors/operational-errors.js'
import { openKeyRing } from '../../src/keys/key-ring.js'
import { type KeyState, keyState, type RotatingUse } from '../../src/keys/key-state.js'
import type { RotationSettings } from '../../src/keys/plan-keys.js'
import { createKeyRotation } from '../../src/keys/rotate-keys.js'
import { createSealer, type Sealer } from '../../src/keys/seal.js'
import type { BusinessEvent } from '../../src/model/event.js'
import { keyId } from '../../src/model/ids.js'
import { NEVER } from '../../src/model/revocation-entry.js'
import { seconds } from '../../src/model/time.js'
import type { KeyStore } from '../../src/stores/key-store.js'
import { StillClock } from '../still-clock.js'

const LONGEST = 86_400
const [TAKEOVER, LAG] = [6, 311]
const settings: RotationSettings = {
  algorithm: 'ES256',
  rotateEvery: seconds(90 * 86_400),
  publishBefore: seconds(301),
  ringTakeover: seconds(TAKEOVER),
  signingLag: seconds(LAG),
}
const first = createSealer([Buffer.alloc(32, 1)])

function createFixture() {
  const clock = new StillClock()
  const database = createMemoryDatabase(clock, { keepAfterExpiry: seconds(600), maxClockSkew: seconds(5) })
  const events: BusinessEvent[] = []
  const rotationOf = (changes: Partial<RotationSettings> = {}, sealer: Sealer = first, store: KeyStore = database.keys) =>
    createKeyRotation(
      { store, sealer, clock, events: (event) => void events.push(event), longestLifetime: () => seconds(LONGEST) },
      { ...settings, ...changes },
    )
  const keys = async () => (await database.keys.list()).keys
  async function inState(use: RotatingUse, state: KeyState) {
    const all = await keys()
    return all.filter((key) => key.use === use && keyState(key, all, clock.now()) === state)
  }
  const onlyOne = async (use: RotatingUse, state: KeyState) => {
    const found = await inState(use, state)
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} keys are ${state}`)
    return found[0]
  }
  return { clock, database, events, rotationOf, rotation: rotationOf(), keys, inState, onlyOne }
}

const refusal = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof CommandRefused ? error.code : Promise.reject(error)),
  )

describe('tending keys', () => {
  it('makes for each use one that signs and one that is published, and one secret', async () => {
    const { rotation, onlyOne, keys, events } = createFixture()
    await rotation.tend()
    for (const use of ['access', 'refresh'] as const) {
      expect(await onlyOne(use, 'signing')).toMatchObject({ algorithm: use === 'access' ? 'ES256' : 'HS256', retiresAt: undefined })
      expect(await onlyOne(use, 'published')).toMatchObject({ signsFrom: undefined })
    }
    expect((await keys()).filter(({ use }) => use === 'secret')).toHaveLength(1)
    expect(await keys()).toHaveLength(5)
    expect(events.map(({ type }) => type)).toEqual(['key_rotated', 'key_rotated'])
  })

  it('changes nothing while nothing is due', async () => {
    const { rotation, clock, database } = createFixture()
    await rotation.tend()
    const before = await database.keys.list()
    clock.advance(settings.rotateEvery - 1)
    await rotation.tend()
    expect(await database.keys.list()).toEqual(before)
  })

  it('rotates when the signing key is old enough: the published one signs, another is published', async () => {
    const { rotation, clock, onlyOne } = createFixture()
    await rotation.tend()
    const [signing, next] = [await onlyOne('access', 'signing'), await onlyOne('access', 'published')]
    clock.advance(settings.rotateEvery)
    await rotation.tend()
    expect(await onlyOne('access', 'signing')).toMatchObject({ keyId: next.keyId, signsFrom: clock.now() })
    expect(await onlyOne('access', 'retiring')).toMatchObject({ keyId: signing.keyId, retiresAt: clock.now() + LAG + LONGEST })
    expect((await onlyOne('access', 'published')).keyId).not.toBe(next.keyId)
  })

  it('lets no key sign that has not been published long enough, however old the signing one is', async () => {
    const { rotationOf, clock, onlyOne } = createFixture()
    const rotation = rotationOf({ rotateEvery: seconds(100) })
    await rotation.tend()
    const signing = await onlyOne('access', 'signing')
    clock.advance(settings.publishBefore - 1)
    await rotation.tend()
    expect(await onlyOne('access', 'signing')).toEqual(signing)
    clock.advance(1)
    await rotation.tend()
    expect((await onlyOne('access', 'signing')).keyId).not.toBe(signing.keyId)
  })

  it('follows a change of the configured algorithm only after the new key has been published long enough', async () => {
    const { rotation, rotationOf, clock, onlyOne } = createFixture()
    await rotation.tend()
    const [signing, ring] = [await onlyOne('access', 'signing'), await onlyOne('refresh', 'signing')]
    const unused = await onlyOne('access', 'published')
    clock.advance(settings.publishBefore)
    const changed = rotationOf({ algorithm: 'EdDSA' })
    await changed.tend()
    const next = await onlyOne('access', 'published')
    expect(next).toMatchObject({ algorithm: 'EdDSA', createdAt: clock.now() })
    expect((await onlyOne('access', 'retired')).keyId).toBe(unused.keyId)
    expect((await onlyOne('access', 'signing')).keyId).toBe(signing.keyId)
    clock.advance(settings.publishBefore - 1)
    await changed.tend()
    expect((await onlyOne('access', 'signing')).algorithm).toBe('ES256')
    clock.advance(1)
    await changed.tend()
    expect(await onlyOne('access', 'signing')).toMatchObject({ keyId: next.keyId, algorithm: 'EdDSA' })
    expect((await onlyOne('refresh', 'signing')).keyId).toBe(ring.keyId)
  })

  it('takes a key out only after its last token has expired, and keeps its name', async () => {
    const { rotation, clock, inState, onlyOne, keys } = createFixture()
    await rotation.tend()
    const old = await onlyOne('access', 'signing')
    await rotation.rotate('access')
    clock.advance(LAG + LONGEST)
    await rotation.tend()
    expect(await inState('access', 'retiring')).toHaveLength(1)
    clock.advance(1)
    await rotation.tend()
    expect(await inState('access', 'retiring')).toHaveLength(0)
    expect((await keys()).find((key) => key.keyId === old.keyId)).toMatchObject({ retiredAt: clock.now() })
  })
})

describe('rotating at once', () => {
  it('lets the published access key sign in this second, and publishes another', async () => {
    const { rotation, clock, onlyOne, events } = createFixture()
    await rotation.tend()
    const [signing, next] = [await onlyOne('access', 'signing'), await onlyOne('access', 'published')]
    clock.advance(10)
    expect(await rotation.rotate('access')).toBe(next.keyId)
    expect(await onlyOne('access', 'signing')).toMatchObject({ keyId: next.keyId, signsFrom: clock.now() })
    expect((await onlyOne('access', 'retiring')).keyId).toBe(signing.keyId)
    expect((await onlyOne('access', 'published')).keyId).not.toBe(next.keyId)
    expect(events.at(-1)).toEqual({ type: 'key_rotated', keyId: next.keyId, use: 'access' })
  })

  it('works several times in one second, each time with another key', async () => {
    const { rotation, onlyOne, inState, keys, clock } = createFixture()
    await rotation.tend()
    const signed = [(await onlyOne('access', 'signing')).keyId]
    for (let round = 0; round < 3; round++) {
      signed.push(await rotation.rotate('access'))
      expect((await onlyOne('access', 'signing')).keyId).toBe(signed.at(-1))
      expect((await openKeyRing(await keys(), first)).signingKey('access', clock.now()).keyId).toBe(signed.at(-1))
    }
    expect(new Set(signed).size).toBe(4)
    expect(await inState('access', 'retiring')).toHaveLength(3)
    clock.advance(TAKEOVER + LAG + LONGEST + 1)
    await rotation.tend()
    expect(await inState('access', 'retired')).toHaveLength(3)
  })

  it('makes what it needs on a database without keys', async () => {
    const { rotation, onlyOne } = createFixture()
    expect(await rotation.rotate('access')).toBe((await onlyOne('access', 'signing')).keyId)
    await onlyOne('access', 'published')
  })
})

describe('rotating the ring', () => {
  it('lets the published key sign only when every node has heard of it, and until then all sign with the same key', async () => {
    const { rotation, clock, onlyOne, keys, events } = createFixture()
    await rotation.tend()
    const [signing, next] = [await onlyOne('refresh', 'signing'), await onlyOne('refresh', 'published')]
    const unaware = await openKeyRing(await keys(), first)
    clock.advance(10)
    expect(await rotation.rotate('refresh')).toBe(next.keyId)
    expect(events.at(-1)).toEqual({ type: 'key_rotated', keyId: next.keyId, use: 'refresh' })
    const aware = await openKeyRing(await keys(), first)
    const begin = clock.now() + TAKEOVER
    for (; clock.now() < begin; clock.advance(1)) {
      expect(await onlyOne('refresh', 'signing')).toMatchObject({ keyId: signing.keyId, retiresAt: begin + LAG + LONGEST })
      expect(aware.signingKey('refresh', clock.now()).keyId).toBe(unaware.signingKey('refresh', clock.now()).keyId)
    }
    expect(await onlyOne('refresh', 'signing')).toMatchObject({ keyId: next.keyId, signsFrom: begin, retiresAt: undefined })
    expect(aware.signingKey('refresh', clock.now()).keyId).toBe(next.keyId)
    expect((await onlyOne('refresh', 'retiring')).keyId).toBe(signing.keyId)
  })

  it('leaves the key that takes over alone when it is tended meanwhile, and a key that is due waits too', async () => {
    const { rotation, clock, onlyOne, keys } = createFixture()
    await rotation.tend()
    clock.advance(settings.rotateEvery)
    const next = await onlyOne('refresh', 'published')
    await rotation.tend()
    expect((await keys()).find(({ keyId: id }) => id === next.keyId)).toMatchObject({ signsFrom: clock.now() + TAKEOVER })
    const before = await keys()
    clock.advance(1)
    await rotation.tend()
    expect(await keys()).toEqual(before)
  })

  it('twice within that time gives each key an end, and the last one none', async () => {
    const { rotation, clock, onlyOne, inState, keys } = createFixture()
    await rotation.tend()
    const signing = await onlyOne('refresh', 'signing')
    const middle = await rotation.rotate('refresh')
    clock.advance(2)
    const last = await rotation.rotate('refresh')
    const endOf = async (id: string) => (await keys()).find((key) => key.keyId === id)?.retiresAt
    const ends = [await endOf(signing.keyId), await endOf(middle), await endOf(last)]
    expect(ends).toEqual([clock.now() + TAKEOVER + LAG + LONGEST, clock.now() + TAKEOVER + LAG + LONGEST, undefined])
    clock.advance(TAKEOVER - 1)
    expect((await onlyOne('refresh', 'signing')).keyId).toBe(middle)
    clock.advance(1)
    expect((await onlyOne('refresh', 'signing')).keyId).toBe(last)
    expect(await inState('refresh', 'published')).toHaveLength(1)
  })

  it('makes no second pair of keys at a node whose clock is behind that of the one that made the first', async () => {
    const { rotation, clock, keys } = createFixture()
    await rotation.tend()
    const made = await keys()
    clock.advance(-3)
    await rotation.tend()
    expect(await keys()).toEqual(made)
  })
})

describe('rotations by several nodes at once', () => {
  it('leave exactly one key that signs and at least one that is published, and use no name twice', async () => {
    const { rotationOf, onlyOne, inState, keys } = createFixture()
    const nodes = [rotationOf(), rotationOf()]
    await Promise.all(nodes.map((node) => node.tend()))
    for (const use of ['access', 'refresh'] as const) {
      await onlyOne(use, 'signing')
      await onlyOne(use, 'published')
    }
    await Promise.all(nodes.flatMap((node) => [node.rotate('access'), node.rotate('refresh'), node.tend()]))
    for (const use of ['access', 'refresh'] as const) {
      await onlyOne(use, 'signing')
      expect((await inState(use, 'published')).length).toBeGreaterThanOrEqual(1)
      for (const key of await inState(use, 'retiring')) expect(key.retiresAt).toBeDefined()
    }
    const names = (await keys()).map((key) => key.keyId)
    expect(new Set(names).size).toBe(names.length)
  })

  it('rotate once where both find it due', async () => {
    const { rotationOf, clock, inState } = createFixture()
    await rotationOf().tend()
    clock.advance(settings.rotateEvery)
    await Promise.all([rotationOf().tend(), rotationOf().tend(), rotationOf().tend()])
    expect(await inState('access', 'retiring')).toHaveLength(1)
  })

  it('are given up, with nothing changed, when others always come first', async () => {
    const { rotationOf, database } = createFixture()
    const losing: KeyStore = { list: () => database.keys.list(), apply: async () => false }
    expect(await refusal(rotationOf({}, first, losing).tend())).toBe('conflict')
  })
})

describe('retiring a key', () => {
  it('is refused for one that signs, one that is the next, and one that is not there', async () => {
    const { rotation, onlyOne } = createFixture()
    await rotation.tend()
    for (const state of ['signing', 'published'] as const)
      for (const force of [false, true]) expect(await refusal(rotation.retire((await onlyOne('access', state)).keyId, force))).toBe('key_in_use')
    expect(await refusal(rotation.retire(keyId('unknown'), true))).toBe('not_found')
  })

  it('is refused while its tokens may be alive, unless it is forced', async () => {
    const { rotation, onlyOne, clock, inState } = createFixture()
    await rotation.tend()
    await rotation.rotate('access')
    const { keyId: old } = await onlyOne('access', 'retiring')
    clock.advance(LAG + LONGEST)
    expect(await refusal(rotation.retire(old, false))).toBe('key_in_use')
    expect(await rotation.retire(old, true)).toEqual([old])
    expect(await inState('access', 'retired')).toHaveLength(1)
    expect(await rotation.retire(old, false)).toEqual([])
  })

  it('takes all that are due when none is named', async () => {
    const { rotation, clock } = createFixture()
    await rotation.tend()
    await rotation.rotate('access')
    await rotation.rotate('refresh')
    expect(await rotation.retire(undefined, false)).toEqual([])
    clock.advance(TAKEOVER + LAG + LONGEST + 1)
    expect(await rotation.retire(undefined, false)).toHaveLength(2)
  })

  it('never touches the secret that keys hashes', async () => {
    const { rotation, keys } = createFixture()
    await rotation.tend()
    const secret = (await keys()).find(({ use }) => use === 'secret')
    expect(await refusal(rotation.retire(secret?.keyId ?? keyId('none'), true))).toBe('not_found')
    expect(await refusal(rotation.revoke(secret?.keyId ?? keyId('none')))).toBe('not_found')
  })
})

describe('revoking a key', () => {
  it('that signs lets the published one sign at once, and writes an entry that never leaves', async () => {
    const { rotation, database, onlyOne, keys, clock } = createFixture()
    await rotation.tend()
    const [signing, next] = [await onlyOne('access', 'signing'), await onlyOne('access', 'published')]
    const entry = await rotation.revoke(signing.keyId)
    expect(entry).toEqual({ seq: 1, kind: 'key', id: signing.keyId, cutoff: undefined, expires: NEVER })
    expect(await database.revocations.since(0, 10)).toEqual([entry])
    expect((await onlyOne('access', 'signing')).keyId).toBe(next.keyId)
    expect((await onlyOne('access', 'retired')).keyId).toBe(signing.keyId)
    await onlyOne('access', 'published')
    const ring = await openKeyRing(await keys(), first)
    expect(ring.signingKey('access', clock.now()).keyId).toBe(next.keyId)
    expect(ring.verificationKey('access', signing.keyId)).toBeUndefined()
  })

  it('that signs refresh tokens lets the published one sign at once too, also when it was to take over later', async () => {
    for (const isRotating of [false, true]) {
      const { rotation, clock, onlyOne, keys } = createFixture()
      await rotation.tend()
      const [signing, next] = [await onlyOne('refresh', 'signing'), await onlyOne('refresh', 'published')]
      if (isRotating) await rotation.rotate('refresh')
      await rotation.revoke(signing.keyId)
      expect(await onlyOne('refresh', 'signing')).toMatchObject({ keyId: next.keyId, signsFrom: clock.now(), retiresAt: undefined })
      expect((await openKeyRing(await keys(), first)).signingKey('refresh', clock.now()).keyId).toBe(next.keyId)
      expect(await onlyOne('refresh', 'published')).toMatchObject({ signsFrom: undefined })
    }
  })

  it('that is about to take over lets the next one take over, and the one that signs go on until then', async () => {
    const { rotation, clock, onlyOne, inState } = createFixture()
    await rotation.tend()
    const signing = await onlyOne('refresh', 'signing')
    const revoked = await rotation.rotate('refresh')
    const [next] = (await inState('refresh', 'published')).filter(({ keyId: id }) => id !== revoked)
    clock.advance(2)
    await rotation.revoke(revoked)
    clock.advance(TAKEOVER - 1)
    expect((await onlyOne('refresh', 'signing')).keyId).toBe(signing.keyId)
    clock.advance(1)
    expect((await onlyOne('refresh', 'signing')).keyId).toBe(next?.keyId)
    expect(await onlyOne('refresh', 'retiring')).toMatchObject({ keyId: signing.keyId, retiresAt: clock.now() + LAG + LONGEST })
  })

  it('that is published publishes another in its place', async () => {
    const { rotation, onlyOne } = createFixture()
    await rotation.tend()
    const [signing, next] = [await onlyOne('refresh', 'signing'), await onlyOne('refresh', 'published')]
    await rotation.revoke(next.keyId)
    expect((await onlyOne('refresh', 'signing')).keyId).toBe(signing.keyId)
    expect((await onlyOne('refresh', 'published')).keyId).not.toBe(next.keyId)
  })

  it('that is retiring takes it out, and nothing else', async () => {
    const { rotation, onlyOne, inState } = createFixture()
    await rotation.tend()
    await rotation.rotate('access')
    const [signing, next] = [await onlyOne('access', 'signing'), await onlyOne('access', 'published')]
    await rotation.revoke((await onlyOne('access', 'retiring')).keyId)
    expect(await inState('access', 'retiring')).toEqual([])
    expect([await onlyOne('access', 'signing'), await onlyOne('access', 'published')]).toEqual([signing, next])
  })

  it('that is retired already still writes an entry', async () => {
    const { rotation, onlyOne } = createFixture()
    await rotation.tend()
    const { keyId: id } = await onlyOne('access', 'signing')
    await rotation.revoke(id)
    expect(await rotation.revoke(id)).toMatchObject({ seq: 2, kind: 'key', id })
  })

  it('is refused for one that is not there, and writes nothing', async () => {
    const { rotation, database } = createFixture()
    await rotation.tend()
    expect(await refusal(rotation.revoke(keyId('unknown')))).toBe('not_found')
    expect(await database.revocations.since(0, 10)).toEqual([])
  })
})

describe('sealing anew', () => {
  const second = Buffer.alloc(32, 2)

  it('leaves keys that only the new encryption key opens, with everything else as it was', async () => {
    const { rotation, rotationOf, keys } = createFixture()
    await rotation.tend()
    await rotation.rotate('access')
    const before = await keys()
    expect(await rotation.rewrap()).toBe(0)
    expect(await rotationOf({}, createSealer([second, Buffer.alloc(32, 1)])).rewrap()).toBe(before.length)
    const after = await keys()
    expect(after.map((key) => ({ ...key, sealed: '' }))).toEqual(before.map((key) => ({ ...key, sealed: '' })))
    await expect(openKeyRing(after, first)).rejects.toMatchObject({ code: 'wrong_encryption_key' })
    const [old, renewed] = [await openKeyRing(before, first), await openKeyRing(after, createSealer([second]))]
    expect(renewed.secret()).toEqual(old.secret())
    expect(renewed.publicJwks()).toEqual(old.publicJwks())
  })

  it('is refused, with nothing changed, without the encryption key that sealed', async () => {
    const { rotation, rotationOf, keys } = createFixture()
    await rotation.tend()
    const before = await keys()
    expect(await refusal(rotationOf({}, createSealer([second])).rewrap())).toBe('wrong_encryption_key')
    expect(await keys()).toEqual(before)
  })
})
