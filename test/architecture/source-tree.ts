import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import ts from 'typescript-6'

/** Parsed source files by their path below `src`, with `/` between the parts. */
export type SourceTree = ReadonlyMap<string, ts.SourceFile>

/** Something that makes one module know another. */
export interface Import {
  readonly line: number
  /** undefined: an `import()` whose target is reckoned at run time from a relative path. */
  readonly specifier: string | undefined
  /** Gone when compiled: nothing is loaded for it. */
  readonly typeOnly: boolean
}

export function treeOf(texts: Readonly<Record<string, string>>): SourceTree {
  return new Map(Object.entries(texts).map(([file, text]) => [file, ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)]))
}

/** All TypeScript below `folder`, without what is generated. */
export function readTree(folder: string): SourceTree {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => file.endsWith('.ts') && !file.split('/').includes('generated'))
    .sort()
  return treeOf(Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')])))
}

/** What `judge` says of the nodes of the tree, each with its place. */
export function findNodes(tree: SourceTree, judge: (node: ts.Node, file: string) => string | undefined): string[] {
  const problems: string[] = []
  for (const [file, root] of tree) {
    const visit = (node: ts.Node): void => {
      const problem = judge(node, file)
      if (problem !== undefined) problems.push(`${file}:${lineOf(root, node)} ${problem}`)
      node.forEachChild(visit)
    }
    visit(root)
  }
  return problems
}

/** Imports, re-exports, `import()`, `import('…').Type`, `import x = require('…')` and `require('…')` of a file. */
export function importsOf(root: ts.SourceFile): Import[] {
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    const target = importTarget(node)
    if (target !== undefined) found.push({ line: lineOf(root, node), specifier: textOf(target), typeOnly: isTypeOnly(node) })
    node.forEachChild(visit)
  }
  visit(root)
  return found.filter((each) => each.specifier !== COMPUTED).map((each) => (each.specifier === RELATIVE ? { ...each, specifier: undefined } : each))
}

/** The file of the tree that a relative specifier means. */
export function localTarget(file: string, specifier: string): string {
  return normalize(join(dirname(file), specifier))
    .split(sep)
    .join('/')
    .replace(/\.js$/, '.ts')
}

export const isRelative = (specifier: string): boolean => specifier.startsWith('.') || specifier.startsWith('/')
export const isBuiltin = (specifier: string): boolean => specifier.startsWith('node:')

/** `@scope/name` or `name`, without the path inside the package. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

const COMPUTED = '\0computed'
const RELATIVE = '\0relative'

function lineOf(root: ts.SourceFile, node: ts.Node): number {
  return root.getLineAndCharacterOfPosition(node.getStart(root)).line + 1
}

function importTarget(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument
  if (ts.isExternalModuleReference(node)) return node.expression
  if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require'))
    return node.arguments[0]
  return undefined
}

/** What is put together from a relative beginning could go anywhere, so it is told apart from a wholly computed target. */
function textOf(target: ts.Node): string {
  if (ts.isStringLiteralLike(target)) return target.text
  const text = target.getText()
  return /^[`'"]\.{1,2}\//.test(text) ? RELATIVE : COMPUTED
}

/** Not `import { type X }`: with verbatimModuleSyntax that still loads the module. */
function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.isTypeOnly ?? false
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  return ts.isImportTypeNode(node)
}
