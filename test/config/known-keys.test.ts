import { KNOWN_KEYS } from '../../src/config/known-keys/known-keys.js'

describe('the known keys', () => {
  it('are each known once', () => {
    const paths = KNOWN_KEYS.map((key) => key.path)
    expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([])
  })

  it.each(KNOWN_KEYS.map((key) => [key.path, key] as const))('have a default that fits and is not refused: %s', (_, key) => {
    const reading = key.kind.read(key.byDefault)
    expect(reading).toMatchObject({ ok: true })
    expect(reading.ok ? key.refuses?.(reading.value) : 'does not fit').toBeUndefined()
  })

  it('say their default in words where no value does', () => {
    expect(KNOWN_KEYS.filter((key) => key.byDefault === undefined && key.defaultIs === undefined && !key.isIgnored)).toEqual([])
  })
})
