import { FLOORS, findFolder, floorOf, GATEWAY_REACH, isAtHome, PACKAGE_HOMES } from './floors.js'
import type { Rule } from './rule.js'
import { type Import, importsOf, isBuiltin, isRelative, localTarget, packageOf, type SourceTree } from './source-tree.js'

const GROUND = FLOORS[0] ?? []

function findImports(tree: SourceTree, judge: (file: string, each: Import) => string | undefined): string[] {
  return [...tree].flatMap(([file, root]) =>
    importsOf(root).flatMap((each) => {
      const problem = judge(file, each)
      return problem === undefined ? [] : [`${file}:${each.line} ${problem}`]
    }),
  )
}

const everyFileOnAFloor: Rule = {
  name: 'has every file on a floor',
  find: (tree) => [...tree.keys()].filter((file) => findFolder(file) === undefined),
  broken: [{ 'server.ts': 'export const a = 1' }, { 'adapters/files/a.ts': 'export const a = 1' }],
  kept: [{ 'adapters/prisma/sql/a.ts': 'export const a = 1' }],
}

const downwardsOnly: Rule = {
  name: 'imports downwards only',
  find: (tree) =>
    findImports(tree, (file, { specifier }) => {
      if (specifier === undefined) return 'import() of a relative path that is put together at run time'
      if (!isRelative(specifier)) return undefined
      const [from, to] = [findFolder(file), findFolder(localTarget(file, specifier))]
      if (to === undefined) return `knows ${specifier}, which is on no floor`
      return from === undefined || from === to || floorOf(to) < floorOf(from) ? undefined : `${from} knows ${to}`
    }),
  broken: [
    { 'model/a.ts': "import { b } from '../stores/b.js'" },
    { 'model/a.ts': "import type { B } from '../errors/b.js'" },
    { 'stores/a.ts': "export { b } from '../grants/b.js'" },
    { 'stores/a.ts': "export * from '../main/b.js'" },
    { 'grants/a.ts': "export const b = () => import('../clients/b.js')" },
    { 'grants/a.ts': "export type B = import('../clients/b.js').B" },
    { 'keys/a.ts': "const b = require('../revocations/b.js')" },
    { 'keys/a.ts': "import b = require('../revocations/b.js')" },
    { 'adapters/memory/a.ts': "import { b } from '../prisma/b.js'" },
    { 'http/a.ts': "import { b } from '../adapters/system/b.js'" },
    { 'http/a.ts': "import { b } from '../../build/b.js'" },
    { 'http/a.ts': 'export const b = (name: string) => import(`../main/$' + '{name}.js`)' },
  ],
  kept: [
    { 'grants/a.ts': "import { b } from './b.js'\nimport { c } from '../issuers/c.js'" },
    { 'main/commands/a.ts': "import { b } from '../b.js'\nexport const load = (path: string) => import(path)" },
  ],
}

const groundImportsNothing: Rule = {
  name: 'keeps model and errors free of imports',
  find: (tree) =>
    findImports(tree, (file, { specifier }) => {
      const folder = findFolder(file)
      if (folder === undefined || !GROUND.includes(folder)) return undefined
      const isOwn = specifier !== undefined && isRelative(specifier) && findFolder(localTarget(file, specifier)) === folder
      return isOwn ? undefined : `${folder} knows ${specifier}`
    }),
  broken: [{ 'model/a.ts': "import { randomUUID } from 'node:crypto'" }, { 'errors/a.ts': "import type { B } from '../model/b.js'" }],
  kept: [{ 'model/a.ts': "import type { B } from './b.js'" }],
}

const gatewayReach: Rule = {
  name: `lets the gateway reach ${GATEWAY_REACH.join(', ')} only`,
  find: (tree) => {
    const reached = new Set<string>()
    const walk = (file: string): void => {
      if (reached.has(file)) return
      reached.add(file)
      const root = tree.get(file)
      for (const { specifier } of root ? importsOf(root) : [])
        if (specifier !== undefined && isRelative(specifier)) walk(localTarget(file, specifier))
    }
    for (const file of tree.keys()) if (file.startsWith('gateway/')) walk(file)
    return [...reached].filter((file) => !isAtHome(file, GATEWAY_REACH)).map((file) => `the gateway reaches ${file}`)
  },
  broken: [
    {
      'gateway/index.ts': "export { a } from './a.js'",
      'gateway/a.ts': "import { b } from '../verification/b.js'",
      'verification/b.ts': "import '../stores/c.js'",
    },
    { 'gateway/a.ts': "export const load = () => import('../keys/a.js')" },
  ],
  kept: [{ 'gateway/a.ts': "import { b } from '../verification/b.js'", 'verification/b.ts': "import { c } from '../model/c.js'", 'http/d.ts': '' }],
}

const packagesAtHome: Rule = {
  name: 'keeps each package in its home',
  find: (tree) =>
    findImports(tree, (file, { specifier, typeOnly }) => {
      if (specifier === undefined || isRelative(specifier) || isBuiltin(specifier)) return undefined
      const name = packageOf(specifier)
      const home = PACKAGE_HOMES[name] ?? PACKAGE_HOMES[`${name.split('/')[0]}/*`]
      if (home === undefined) return `knows ${name}, which has no home`
      if (isAtHome(file, home.homes) || (typeOnly && isAtHome(file, home.typesOnly ?? []))) return undefined
      return `knows ${name}, whose home is ${home.homes.join(', ')}`
    }),
  broken: [
    { 'gateway/a.ts': "import type { RequestHandler } from 'express'" },
    { 'gateway/express-guard.ts': "import express from 'express'" },
    { 'gateway/express-guard.ts': "import { type RequestHandler } from 'express'" },
    { 'issuers/a.ts': "import { SignJWT } from 'jose'" },
    { 'main/a.ts': "import { pino } from 'pino'" },
    { 'http/a.ts': "export { register } from 'prom-client'" },
    { 'adapters/memory/a.ts': "export const load = () => import('@prisma/client')" },
    { 'adapters/system/a.ts': "import Database from 'libsql'" },
    { 'main/a.ts': "import { parse } from '@iarna/toml'" },
    { 'clients/a.ts': "import { RateLimiterMemory } from 'rate-limiter-flexible'" },
    { 'adapters/memory/a.ts': "import { Redis } from 'ioredis'" },
    { 'main/a.ts': "import { leftPad } from 'left-pad'" },
    { 'main/a.ts': "import { readFileSync } from 'fs'" },
  ],
  kept: [
    { 'gateway/express-guard.ts': "import type { RequestHandler } from 'express'\nexport type R = import('express').Request" },
    { 'adapters/prisma/a.ts': "import { PrismaLibSql } from '@prisma/adapter-libsql'\nimport { readFileSync } from 'node:fs'" },
    { 'adapters/system/database-lock.ts': "import Database from 'libsql'" },
  ],
}

export const IMPORT_RULES: readonly Rule[] = [everyFileOnAFloor, downwardsOnly, groundImportsNothing, gatewayReach, packagesAtHome]
