import ts from 'typescript-6'
import { CLOCK_HOMES, ENVIRONMENT_HOMES, isAtHome, TIMER_HOMES } from './floors.js'
import type { Rule } from './rule.js'
import { findNodes, importsOf, type SourceTree } from './source-tree.js'

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate']
/** Members of Date that say nothing about now. */
const TIMELESS = ['parse', 'UTC', 'prototype']

/** A name in the place of a value: not the name of a member, a declaration or a type. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isShorthandPropertyAssignment(parent)) return true
  if ('name' in parent && parent.name === node)
    return ts.isPropertyAccessExpression(parent) && /^(globalThis|global)$/.test(parent.expression.getText())
  if (ts.isBindingElement(parent)) return parent.initializer === node
  return !(ts.isTypeReferenceNode(parent) || ts.isTypeQueryNode(parent) || ts.isQualifiedName(parent) || ts.isImportSpecifier(parent))
}

/** `new Date(then)`, `Date.parse`, `x instanceof Date`. */
function isTimeless(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isNewExpression(parent)) return (parent.arguments?.length ?? 0) > 0
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return TIMELESS.includes(parent.name.text)
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword
}

/** Whether the node reads member `name` of `process`, in whatever way. */
function readsOfProcess(node: ts.Node, name: string): boolean {
  const isProcess = (object: ts.Node): boolean => /^((globalThis|global)\.)?process$/.test(object.getText())
  if (ts.isPropertyAccessExpression(node)) return node.name.text === name && isProcess(node.expression)
  if (ts.isElementAccessExpression(node))
    return isProcess(node.expression) && ts.isStringLiteralLike(node.argumentExpression) && node.argumentExpression.text === name
  if (ts.isImportSpecifier(node))
    return (node.propertyName ?? node.name).text === name && /^'(node:)?process'$/.test(node.parent.parent.parent.moduleSpecifier.getText())
  if (!ts.isBindingElement(node) || (node.propertyName ?? node.name).getText() !== name) return false
  const declaration = node.parent.parent
  return ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined && isProcess(declaration.initializer)
}

function findBuiltin(tree: SourceTree, builtin: RegExp, homes: readonly string[]): string[] {
  return [...tree]
    .filter(([file]) => !isAtHome(file, homes))
    .flatMap(([file, root]) =>
      importsOf(root).flatMap(({ specifier, line }) => (specifier !== undefined && builtin.test(specifier) ? [`${file}:${line} ${specifier}`] : [])),
    )
}

const oneClock: Rule = {
  name: `reads the clock in ${CLOCK_HOMES.join(', ')} only`,
  find: (tree) => [
    ...findBuiltin(tree, /^(node:)?perf_hooks$/, CLOCK_HOMES),
    ...findNodes(tree, (node, file) => {
      if (isAtHome(file, CLOCK_HOMES)) return undefined
      if (readsOfProcess(node, 'hrtime') || readsOfProcess(node, 'uptime')) return node.getText()
      if (!ts.isIdentifier(node) || !isValue(node)) return undefined
      if (node.text === 'performance') return 'performance'
      return node.text === 'Date' && !isTimeless(node) ? node.parent.getText() : undefined
    }),
  ],
  broken: [
    { 'grants/a.ts': 'export const a = () => Date.now()' },
    { 'grants/a.ts': 'export const a = () => new Date()' },
    { 'grants/a.ts': 'export const a = () => new Date' },
    { 'grants/a.ts': 'export const a = () => Date()' },
    { 'grants/a.ts': "export const a = () => Date['now']()" },
    { 'grants/a.ts': 'export const { now } = Date' },
    { 'grants/a.ts': 'export const a = () => globalThis.Date.now()' },
    { 'http/a.ts': 'export const a = () => performance.now()' },
    { 'http/a.ts': "import { performance } from 'node:perf_hooks'" },
    { 'http/a.ts': 'export const a = () => process.hrtime.bigint()' },
    { 'gateway/a.ts': 'export const a = (now = Date.now) => now()' },
  ],
  kept: [
    { 'adapters/system/clock.ts': 'export const a = () => Date.now()', 'gateway/system-clock.ts': 'export const a = () => Date.now()' },
    { 'http/a.ts': 'export const a = (ms: number): Date => new Date(ms)\nexport const b = (t: string) => Date.parse(t)' },
    { 'http/a.ts': 'export const a = (x: unknown) => x instanceof Date\nexport const b = (o: { performance: number }) => o.performance' },
  ],
}

const oneEnvironment: Rule = {
  name: `reads the environment in ${ENVIRONMENT_HOMES.join(', ')} only`,
  find: (tree) => findNodes(tree, (node, file) => (!isAtHome(file, ENVIRONMENT_HOMES) && readsOfProcess(node, 'env') ? node.getText() : undefined)),
  broken: [
    { 'main/a.ts': 'export const a = process.env.HOME' },
    { 'main/a.ts': "export const a = process['env']" },
    { 'main/a.ts': 'export const { env } = process' },
    { 'main/a.ts': 'export const a = globalThis.process.env' },
    { 'main/a.ts': "import { env } from 'node:process'" },
    { 'main/a.ts': "import { env as e } from 'node:process'" },
  ],
  kept: [{ 'config/a.ts': 'export const a = process.env.HOME', 'main/a.ts': 'export const a = (o: { env: string }) => o.env + process.pid' }],
}

const timersAbove: Rule = {
  name: `starts timers in ${TIMER_HOMES.join(', ')} only`,
  find: (tree) => [
    ...findBuiltin(tree, /^(node:)?timers(\/promises)?$/, TIMER_HOMES),
    ...findNodes(tree, (node, file) => {
      if (isAtHome(file, TIMER_HOMES) || !ts.isIdentifier(node)) return undefined
      return TIMERS.includes(node.text) && isValue(node) ? node.text : undefined
    }),
  ],
  broken: [
    { 'feed/a.ts': 'export const a = () => setTimeout(() => 1, 1)' },
    { 'feed/a.ts': 'export const a = () => setInterval(() => 1, 1)' },
    { 'revocations/a.ts': 'export const a = (then: () => void) => setImmediate(then)' },
    { 'http/a.ts': 'export const a = () => globalThis.setTimeout(() => 1, 1)' },
    { 'http/a.ts': 'export const a = (sleep = setTimeout) => sleep' },
    { 'http/a.ts': 'export const a = { setTimeout }' },
    { 'adapters/prisma/a.ts': "import { setTimeout as sleep } from 'node:timers/promises'" },
  ],
  kept: [
    { 'main/a.ts': 'setInterval(() => 1, 1)', 'gateway/a.ts': 'setTimeout(() => 1, 1)' },
    { 'http/a.ts': 'export const a = (server: { setTimeout(ms: number): void }) => server.setTimeout(1)\nexport type T = typeof setTimeout' },
  ],
}

export const OUTSIDE_RULES: readonly Rule[] = [oneClock, oneEnvironment, timersAbove]
