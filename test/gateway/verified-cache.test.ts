import { createVerifiedCache } from '../../src/gateway/verified-cache.js'

const createCache = (mostTokens: number) => createVerifiedCache<string>({ mostTokens, longestToken: 10, keepMs: 1000 })

it('gives back what it keeps until its time is over', () => {
  const cache = createCache(2)
  cache.keep('one', 'good', 0)
  expect([cache.find('one', 999), cache.find('two', 999), cache.find('one', 1000)]).toEqual(['good', undefined, undefined])
})

it('lets the oldest go when it is full, and keeps no long tokens', () => {
  const cache = createCache(2)
  const tokens = ['one', 'two', 'two', 'three', 'x'.repeat(11)]
  for (const token of tokens) cache.keep(token, token, 0)
  expect(tokens.map((token) => cache.find(token, 0))).toEqual([undefined, 'two', 'two', 'three', undefined])
})

it('keeps nothing where it may keep none', () => {
  const cache = createCache(0)
  cache.keep('one', 'good', 0)
  expect(cache.find('one', 0)).toBeUndefined()
})

it('keeps what is asked for before what is not', () => {
  const cache = createCache(4)
  const tokens = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']
  for (const token of tokens) {
    cache.keep(token, token, 0)
    cache.find('one', 0)
  }
  expect(tokens.filter((token) => cache.find(token, 0) !== undefined)).toEqual(['one', 'seven', 'eight'])
})

it('takes no token for another that ends alike', () => {
  const cache = createVerifiedCache<string>({ mostTokens: 10, longestToken: 100, keepMs: 1000 })
  const end = 'x'.repeat(50)
  cache.keep(`a${end}`, 'good', 0)
  expect([cache.find(`b${end}`, 0), cache.find(end, 0), cache.find(`a${end}`, 0)]).toEqual([undefined, undefined, 'good'])
})
