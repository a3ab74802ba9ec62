/**
 * Keeps the written rules true: each rule of ARCHITECTURE.md and CONTRIBUTING.md that a machine can check is checked here,
 * and each check is shown to find what it is there for.
 */
import { readFileSync } from 'node:fs'
import { IMPORT_RULES } from './architecture/import-rules.js'
import { OUTSIDE_RULES } from './architecture/outside-rules.js'
import { readTree, treeOf } from './architecture/source-tree.js'
import { noEmptyNames, STYLE_RULES } from './architecture/style-rules.js'

const source = readTree('src')
const rules = [...IMPORT_RULES, ...STYLE_RULES, ...OUTSIDE_RULES]

describe('the source', () => {
  it('is read', () => {
    expect(source.size).toBeGreaterThan(20)
    expect([...source.keys()].filter((file) => file.includes('generated'))).toEqual([])
  })

  it.each(rules.map((rule) => ({ name: rule.name, rule })))('$name', ({ rule }) => {
    expect(rule.find(source)).toEqual([])
  })
})

describe('the tests', () => {
  it('have no file or folder whose name says nothing either', () => {
    expect(noEmptyNames.find(readTree('test'))).toEqual([])
  })
})

describe('the compiler', () => {
  const { compilerOptions } = JSON.parse(readFileSync('tsconfig.json', 'utf8')) as { compilerOptions: Record<string, unknown> }

  it.each(['strict', 'noUncheckedIndexedAccess', 'exactOptionalPropertyTypes', 'noImplicitReturns', 'verbatimModuleSyntax', 'erasableSyntaxOnly'])(
    'is told %s, and nothing else by the tests',
    (option) => {
      const ofTests = JSON.parse(readFileSync('tsconfig.test.json', 'utf8')) as { compilerOptions: Record<string, unknown> }
      expect(compilerOptions[option]).toBe(true)
      expect(ofTests.compilerOptions).not.toHaveProperty(option)
    },
  )
})

describe.each(rules.map((rule) => ({ name: rule.name, rule })))('the check that the source $name', ({ rule }) => {
  it('has something to find', () => {
    expect(rule.broken.length).toBeGreaterThan(0)
  })

  it.each(rule.broken.map((sample) => ({ text: JSON.stringify(sample).slice(0, 110), sample })))('finds $text', ({ sample }) => {
    expect(rule.find(treeOf(sample))).not.toEqual([])
  })

  it('finds nothing where nothing is wrong', () => {
    expect((rule.kept ?? []).flatMap((sample) => rule.find(treeOf(sample)))).toEqual([])
  })
})
