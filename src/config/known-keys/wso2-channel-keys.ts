import { optional } from '../kind.js'
import { anyText, oneOf, text, trueOrFalse } from '../kinds.js'
import { notifyUrl } from '../special-kinds.js'
import { key } from './key.js'

/** WSO2's references are not resolved here, and would be credentials that everybody knows. */
const unresolved = (value: string | undefined): string | undefined =>
  value !== undefined && /\$(?:ref)?\{/.test(value) ? 'a reference of WSO2 stays unresolved here: use $env{NAME} or $secret{file}' : undefined

/** The channel to and from the gateways of WSO2's API Manager. */
export const WSO2_CHANNEL_KEYS = {
  notifyUrl: key({
    path: 'revocation.wso2_notify_url',
    kind: optional(notifyUrl),
    defaultIs: 'none: nothing is told',
    about: "Where WSO2's control plane is told of revocations: its …/internal/data/v1/notify. See docs/wso2-gateways.md.",
  }),
  username: key({
    path: 'revocation.wso2_username',
    kind: optional(text),
    defaultIs: 'none',
    about: 'Who tells it: a user of its super tenant.',
    refuses: unresolved,
  }),
  password: key({
    path: 'revocation.wso2_password',
    kind: optional(anyText),
    defaultIs: 'none',
    about: "That user's password.",
    refuses: unresolved,
  }),
  keyManager: key({
    path: 'revocation.wso2_key_manager',
    kind: text,
    byDefault: 'default',
    about: 'Which of its handlers takes the events: the header X-WSO2-KEY-MANAGER.',
  }),
  grantEvents: key({
    path: 'revocation.wso2_grant_events',
    kind: trueOrFalse,
    byDefault: true,
    about: 'Whether a revoked grant is told as a revocation of all tokens of its user, or of those that its client has for itself.',
  }),
  revokedForm: key({
    path: 'revocation.wso2_revoked_form',
    kind: oneOf('events', 'list'),
    byDefault: 'events',
    about: 'What GET /internal/data/v1/revokedjwt answers: tokens, clients and users (API Manager from 4.3 on), or a list of tokens alone (before).',
  }),
  gatewayUsername: key({
    path: 'apim.event_hub.username',
    kind: optional(text),
    defaultIs: 'none: there is no such endpoint',
    about: 'Who may ask GET /internal/data/v1/revokedjwt: as in the deployment.toml of the gateways.',
    refuses: unresolved,
  }),
  gatewayPassword: key({
    path: 'apim.event_hub.password',
    kind: optional(text),
    defaultIs: 'none',
    about: 'With this password.',
    refuses: unresolved,
  }),
}
