import { createClientNumbers } from '../../src/verification/client-numbers.js'

describe('the numbers of clients', () => {
  it('are the same for the same client, 0 for none, and lead back to the name', () => {
    const numbers = createClientNumbers()
    const [shop, again, bank] = [numbers.take('shop'), numbers.take('shop'), numbers.take('bank')]
    expect(again).toBe(shop)
    expect(bank).not.toBe(shop)
    expect([shop, bank].map(numbers.name)).toEqual(['shop', 'bank'])
    expect(numbers.take(undefined)).toBe(0)
    expect(numbers.name(0)).toBeUndefined()
  })

  it('are given away again when no entry has them', () => {
    const numbers = createClientNumbers()
    const shop = numbers.take('shop')
    numbers.take('shop')
    numbers.release(shop)
    expect(numbers.name(shop)).toBe('shop')
    numbers.release(shop)
    expect(numbers.name(shop)).toBeUndefined()
    numbers.release(0)
    expect(numbers.take('bank')).toBe(shop)
    expect(numbers.name(numbers.take('shop'))).toBe('shop')
    expect(numbers.name(shop)).toBe('bank')
  })
})
