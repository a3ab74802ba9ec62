import type { KeyValues } from './key-values.js'
import { WSO2_CHANNEL_KEYS } from './known-keys/wso2-channel-keys.js'

export interface Wso2NotifySettings {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly keyManager: string
}

export interface Wso2Settings {
  /** undefined: nobody is told. */
  readonly notify: Wso2NotifySettings | undefined
  /** Whether a revoked grant is told as one of its user or client. */
  readonly grantEvents: boolean
  /** Who may ask for what is revoked, and in which form it is told; undefined: nobody. */
  readonly revoked: { readonly username: string; readonly password: string; readonly form: 'events' | 'list' } | undefined
}

/** Only for values in which no problem was found. */
export function wso2Settings(values: KeyValues): Wso2Settings {
  const url = values.get(WSO2_CHANNEL_KEYS.notifyUrl)
  const [username, password] = [values.get(WSO2_CHANNEL_KEYS.username), values.get(WSO2_CHANNEL_KEYS.password)]
  const [gatewayUsername, gatewayPassword] = [values.get(WSO2_CHANNEL_KEYS.gatewayUsername), values.get(WSO2_CHANNEL_KEYS.gatewayPassword)]
  return {
    notify:
      url === undefined || username === undefined || password === undefined
        ? undefined
        : { url, username, password, keyManager: values.get(WSO2_CHANNEL_KEYS.keyManager) },
    grantEvents: values.get(WSO2_CHANNEL_KEYS.grantEvents),
    revoked:
      gatewayUsername === undefined || gatewayPassword === undefined
        ? undefined
        : { username: gatewayUsername, password: gatewayPassword, form: values.get(WSO2_CHANNEL_KEYS.revokedForm) },
  }
}

/** What belongs together is there together: half of it would silently tell nobody. */
export function checkWso2Channel(values: KeyValues): void {
  const { notifyUrl, username, password, gatewayUsername, gatewayPassword } = WSO2_CHANNEL_KEYS
  for (const together of [
    [notifyUrl, username, password],
    [gatewayUsername, gatewayPassword],
  ]) {
    const present = together.find(values.isPresent)
    if (present === undefined) continue
    for (const key of together) if (!values.isPresent(key)) values.report(key.path.split('.'), `missing: ${present.path} needs it`)
  }
  for (const name of [username, gatewayUsername])
    if (values.get(name)?.includes(':')) values.report(values.pathOf(name), 'a user name of Basic authentication has no colon (RFC 7617 §2)')
}
