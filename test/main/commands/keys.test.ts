import { createMemoryOperations, jsonOf, NOW, runOn } from '../memory-operations.js'

interface Key {
  readonly kid: string
  readonly use: string
  readonly state: string
}

const signing = (items: readonly Key[], use: string) => items.find((key) => key.use === use && key.state === 'signing')?.kid

describe('jeton keys', () => {
  it('lists the keys that sign tokens', async () => {
    const { operations } = await createMemoryOperations()
    const { items } = await jsonOf(operations, ['keys', 'list'])
    expect(items).toEqual(
      expect.arrayContaining([
        { kid: expect.any(String), alg: 'ES256', use: 'access', state: 'signing', created_at: NOW, signs_from: NOW, retires_at: null },
        { kid: expect.any(String), alg: 'ES256', use: 'access', state: 'published', created_at: NOW, signs_from: null, retires_at: null },
        { kid: expect.any(String), alg: 'HS256', use: 'refresh', state: 'signing', created_at: NOW, signs_from: NOW, retires_at: null },
      ]),
    )
    expect(items).toHaveLength(4)
  })

  it('rotates both kinds, or the one that is named', async () => {
    const { operations, time } = await createMemoryOperations()
    const before = (await jsonOf(operations, ['keys', 'list'])).items
    const rotated = (await jsonOf(operations, ['keys', 'rotate'])).items
    expect(signing(rotated, 'access')).not.toBe(signing(before, 'access'))
    expect(rotated).toContainEqual(expect.objectContaining({ use: 'refresh', state: 'published', signs_from: NOW + 6 }))
    time.now += 6
    const both = (await jsonOf(operations, ['keys', 'list'])).items
    expect(signing(both, 'refresh')).not.toBe(signing(before, 'refresh'))
    const one = (await jsonOf(operations, ['keys', 'rotate', '--use', 'access'])).items
    expect(signing(one, 'access')).not.toBe(signing(both, 'access'))
    expect(signing(one, 'refresh')).toBe(signing(both, 'refresh'))
    expect(await runOn(operations, ['keys', 'rotate', '--use', 'secret'])).toMatchObject({ code: 2, stdout: '' })
  })

  it('retires what no live token needs, and with force what one may need', async () => {
    const { operations, time } = await createMemoryOperations()
    const old = signing((await jsonOf(operations, ['keys', 'list'])).items, 'access') ?? ''
    expect(await runOn(operations, ['keys', 'retire', old])).toMatchObject({ code: 1 })
    await jsonOf(operations, ['keys', 'rotate', '--use', 'access'])
    expect(await jsonOf(operations, ['keys', 'retire'])).toEqual({ items: [] })
    expect(await runOn(operations, ['keys', 'retire', old])).toMatchObject({ code: 1 })
    expect(await jsonOf(operations, ['keys', 'retire', old, '--force'])).toMatchObject({ items: [{ kid: old, state: 'retired' }] })
    const older = signing((await jsonOf(operations, ['keys', 'rotate', '--use', 'access'])).items, 'access')
    await jsonOf(operations, ['keys', 'rotate', '--use', 'access'])
    time.now += 7200
    const retired = (await jsonOf(operations, ['keys', 'retire'])).items
    expect(retired.map((key: Key) => key.kid)).toContain(older)
  })

  it('does not retire everything by force', async () => {
    const { operations } = await createMemoryOperations()
    expect(await runOn(operations, ['keys', 'retire', '--force'])).toMatchObject({ code: 2 })
    expect(await runOn(operations, ['keys', 'retire', ''])).toMatchObject({ code: 2 })
  })

  it('says how many keys it has sealed anew', async () => {
    const { operations } = await createMemoryOperations()
    expect(await jsonOf(operations, ['keys', 'rewrap'])).toEqual({ rewrapped: 0 })
  })
})
