import ts from 'typescript-6'
import { BARREL, FORBIDDEN_NAMES, MAX_FILE_LINES, MAX_FUNCTION_LINES, MAX_PARAMETERS } from './floors.js'
import type { Rule, Sample } from './rule.js'
import { findNodes } from './source-tree.js'

const namedExportsOnly: Rule = {
  name: 'has named exports only',
  find: (tree) =>
    findNodes(tree, (node) => {
      const isDefault =
        ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword || (ts.isExportSpecifier(node) && node.name.text === 'default')
      return isDefault && !ts.isDefaultClause(node) ? 'default export' : undefined
    }),
  broken: [
    { 'http/a.ts': 'const a = 1\nexport default a' },
    { 'http/a.ts': 'export default function a() {}' },
    { 'http/a.ts': 'const a = 1\nexport { a as default }' },
    { 'http/a.ts': "export { default } from './b.js'" },
    { 'http/a.ts': 'const a = 1\nexport = a' },
  ],
  kept: [{ 'http/a.ts': "export { default as b } from './b.js'\nexport function f(n: number) { switch (n) { default: return 1 } }" }],
}

const noAny: Rule = {
  name: 'has no any',
  find: (tree) => findNodes(tree, (node) => (node.kind === ts.SyntaxKind.AnyKeyword ? 'any' : undefined)),
  broken: [{ 'http/a.ts': 'export const a = (b: any) => b' }, { 'http/a.ts': 'export const a = [] as any[]' }],
  kept: [{ 'http/a.ts': "/** any */\nexport const any = 'any'" }],
}

const noEnum: Rule = {
  name: 'has no enum',
  find: (tree) => findNodes(tree, (node) => (ts.isEnumDeclaration(node) ? 'enum' : undefined)),
  broken: [{ 'http/a.ts': 'export enum A { B }' }, { 'http/a.ts': 'export const enum A { B }' }],
}

const noBarrel: Rule = {
  name: `has no barrel but ${BARREL}`,
  find: (tree) =>
    [...tree].flatMap(([file, root]) => {
      const passes = root.statements.filter(ts.isExportDeclaration)
      const isBarrel =
        passes.length > 0 && root.statements.every((statement) => ts.isExportDeclaration(statement) || ts.isImportDeclaration(statement))
      return isBarrel && file !== BARREL ? [`${file} only hands on what others export`] : []
    }),
  broken: [
    { 'http/index.ts': "export { a } from './a.js'" },
    { 'http/all.ts': "export * from './a.js'\nexport type { B } from './b.js'" },
    { 'http/all.ts': "import { a } from './a.js'\nexport { a }" },
  ],
  kept: [{ 'gateway/index.ts': "export { a } from './a.js'" }, { 'main/a.ts': "export { b } from './b.js'\nexport const a = 1" }],
}

export const noEmptyNames: Rule = {
  name: 'has no file or folder whose name says nothing',
  find: (tree) => [...tree.keys()].filter((file) => file.split('/').some((part) => FORBIDDEN_NAMES.test(part.replace(/\..*$/, '')))),
  broken: [
    ...['utils', 'helpers', 'common', 'shared', 'types', 'services', 'managers', 'data', 'info'].map((name): Sample => ({ [`http/${name}.ts`]: '' })),
    { 'http/helpers/a.ts': '' },
    { 'http/utils.test.ts': '' },
  ],
  kept: [{ 'http/token-type.ts': '', 'config/database.ts': '' }],
}

const smallFiles: Rule = {
  name: `has no file over ${MAX_FILE_LINES} lines`,
  find: (tree) =>
    [...tree].flatMap(([file, root]) => {
      const lines = root.text.replace(/\n$/, '').split('\n').length
      return lines > MAX_FILE_LINES ? [`${file} has ${lines} lines`] : []
    }),
  broken: [{ 'http/a.ts': '// a\n'.repeat(MAX_FILE_LINES + 1) }],
  kept: [{ 'http/a.ts': '// a\n'.repeat(MAX_FILE_LINES) }],
}

const functionOf = (lines: number): string => `{\n${'f()\n'.repeat(lines - 2)}}`

const smallFunctions: Rule = {
  name: `has no function over ${MAX_FUNCTION_LINES} lines`,
  find: (tree) =>
    findNodes(tree, (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return undefined
      const lines = node.getText().split('\n').length
      return lines > MAX_FUNCTION_LINES ? `function of ${lines} lines` : undefined
    }),
  broken: [
    { 'http/a.ts': `export function a() ${functionOf(MAX_FUNCTION_LINES + 1)}` },
    { 'http/a.ts': `export const a = () => ${functionOf(MAX_FUNCTION_LINES + 1)}` },
    { 'http/a.ts': `export class A { b() ${functionOf(MAX_FUNCTION_LINES + 1)} }` },
    { 'http/a.ts': `export class A { constructor() ${functionOf(MAX_FUNCTION_LINES + 1)} }` },
  ],
  kept: [{ 'http/a.ts': `${'/** b */\n'.repeat(9)}export function a() ${functionOf(MAX_FUNCTION_LINES)}` }],
}

const fewParameters: Rule = {
  name: `has no function with more than ${MAX_PARAMETERS} parameters`,
  find: (tree) =>
    findNodes(tree, (node) => {
      if (!ts.isFunctionLike(node)) return undefined
      const count = node.parameters.filter((parameter) => parameter.name.getText() !== 'this').length
      return count > MAX_PARAMETERS ? `${count} parameters` : undefined
    }),
  broken: [
    { 'http/a.ts': 'export const a = (b: 1, c: 2, d: 3, e: 4, f: 5) => b' },
    { 'http/a.ts': 'export interface A { a(b: 1, c: 2, d: 3, e: 4, f: 5): void }' },
    { 'http/a.ts': 'export type A = (b: 1, c: 2, d: 3, e: 4, f: 5) => void' },
    { 'http/a.ts': 'export class A { constructor(b: 1, c: 2, d: 3, e: 4, f: 5) {} }' },
  ],
  kept: [{ 'http/a.ts': 'export function a(this: A, b: 1, c: 2, d: 3, e: 4) {}' }],
}

export const STYLE_RULES: readonly Rule[] = [namedExportsOnly, noAny, noEnum, noBarrel, noEmptyNames, smallFiles, smallFunctions, fewParameters]
