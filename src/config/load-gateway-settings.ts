import { dirname, resolve } from 'node:path'
import type { CopySettings } from '../gateway/copies/keep-copies.js'
import type { TokenVerifierOptions } from '../gateway/gateway-settings.js'
import type { Policies } from '../gateway/sidecar.js'
import { isLoopback } from '../model/loopback.js'
import type { Environment } from './environment.js'
import { type KeyValues, readKeyValues } from './key-values.js'
import { GATEWAY_KEYS } from './known-keys/gateway-keys.js'
import type { Key } from './known-keys/key.js'
import { readSource } from './load-settings.js'
import type { Problem } from './problems.js'
import { type ReadFile, readFileAtMost } from './read-file.js'
import { parseToml } from './toml-document.js'
import { findMisplaced } from './unknown-keys.js'

/** What `gateway.toml` says. */
export interface SidecarSettings {
  readonly hostname: string
  readonly port: number
  readonly verifier: Omit<TokenVerifierOptions, 'onEvent' | 'observer'>
  readonly policies: Policies
  readonly copies: CopySettings & { readonly hardMs: number }
}

export type LoadedSidecar = { readonly ok: true; readonly settings: SidecarSettings } | { readonly ok: false; readonly problems: readonly Problem[] }

const ALL_KEYS: readonly Key<unknown>[] = Object.values(GATEWAY_KEYS)
const NEEDED = [GATEWAY_KEYS.issuer, GATEWAY_KEYS.clientId, GATEWAY_KEYS.clientSecret]

/** Reads `gateway.toml`. As with `deployment.toml` everything that is wrong is told at once. */
export function loadGatewaySettings(file: string, environment: Environment, readFile: ReadFile = readFileAtMost): LoadedSidecar {
  const source = readSource(file, readFile)
  if (!source.ok) return { ok: false, problems: [{ file, line: 1, key: '', message: source.message }] }
  const parsed = parseToml(source.text)
  if (!parsed.ok) return { ok: false, problems: [{ file, line: parsed.line, key: '', message: parsed.message }] }
  const folder = dirname(resolve(file))
  const values = readKeyValues(file, parsed.document, ALL_KEYS, { folder, environment, readFile })
  const known = ALL_KEYS.map(({ path }) => path)
  for (const { path, message, didYouMean } of findMisplaced(parsed.document.root, known)) values.report(path, message, didYouMean)
  checkRules(values)
  if (values.problems.length > 0) return { ok: false, problems: values.problems.toSorted((one, other) => one.line - other.line) }
  return { ok: true, settings: buildSettings(values, folder) }
}

function checkRules(values: KeyValues): void {
  for (const key of NEEDED) if (!values.isPresent(key) && values.isSound(key)) values.report(values.pathOf(key), 'is needed')
  if (values.isSound(GATEWAY_KEYS.audience) && values.get(GATEWAY_KEYS.audience).length === 0) report(values, GATEWAY_KEYS.audience, 'is needed')
  for (const key of [GATEWAY_KEYS.issuer, GATEWAY_KEYS.jwksUri, GATEWAY_KEYS.feedUrl]) {
    const url = values.get(key)
    if (url !== undefined && !(URL.canParse(url) && /^https?:/.test(url))) report(values, key, 'expected an http or https URL')
  }
  if (values.get(GATEWAY_KEYS.soft) > values.get(GATEWAY_KEYS.hard)) report(values, GATEWAY_KEYS.soft, 'must not be longer than hard')
  if (!isLoopback(values.get(GATEWAY_KEYS.hostname)) && !values.get(GATEWAY_KEYS.trustedNetwork)) {
    report(
      values,
      GATEWAY_KEYS.hostname,
      'tokens would travel in clear to an address that is not loopback: say trusted_network = true if nobody can read them',
    )
  }
}

const report = (values: KeyValues, key: Key<unknown>, message: string): void => values.report(values.pathOf(key), message)

function buildSettings(values: KeyValues, folder: string): SidecarSettings {
  const issuer = values.get(GATEWAY_KEYS.issuer) ?? ''
  const [jwksUri, snapshotFile] = [values.get(GATEWAY_KEYS.jwksUri), values.get(GATEWAY_KEYS.snapshotFile)]
  return {
    hostname: values.get(GATEWAY_KEYS.hostname),
    port: values.get(GATEWAY_KEYS.port),
    policies: values.get(GATEWAY_KEYS.policies),
    copies: { ...copiesOf(values, folder), hardMs: values.get(GATEWAY_KEYS.hard) },
    verifier: {
      issuer,
      audience: values.get(GATEWAY_KEYS.audience),
      clockTolerance: values.get(GATEWAY_KEYS.clockTolerance),
      cacheTokens: values.get(GATEWAY_KEYS.cacheTokens),
      ...(jwksUri !== undefined && { jwksUri }),
      feed: {
        url: values.get(GATEWAY_KEYS.feedUrl) ?? issuer,
        clientId: values.get(GATEWAY_KEYS.clientId) ?? '',
        clientSecret: values.get(GATEWAY_KEYS.clientSecret) ?? '',
        soft: `${values.get(GATEWAY_KEYS.soft)}ms`,
        hard: `${values.get(GATEWAY_KEYS.hard)}ms`,
        beyond: values.get(GATEWAY_KEYS.beyond),
        maxEntries: values.get(GATEWAY_KEYS.maxEntries),
        requireSignature: values.get(GATEWAY_KEYS.requireSignature),
        ...(snapshotFile !== undefined && { snapshotFile: resolve(folder, snapshotFile) }),
      },
    },
  }
}

function copiesOf(values: KeyValues, folder: string): CopySettings {
  const [file, socket] = [values.get(GATEWAY_KEYS.copiesFile), values.get(GATEWAY_KEYS.copiesHaproxySocket)]
  return {
    ...(file !== undefined && { file: resolve(folder, file) }),
    ...(socket !== undefined && { haproxy: { socket: resolve(folder, socket), maps: values.get(GATEWAY_KEYS.copiesHaproxyMaps) } }),
  }
}
