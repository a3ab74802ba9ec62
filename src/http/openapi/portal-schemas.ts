import { flag, listOf, object, oneOf, type Piece, ref, text, texts, whole } from './notation.js'

const tokenType = oneOf('OAUTH', 'JWT')
const keyType = oneOf('PRODUCTION', 'SANDBOX')
const attributes: Piece = { type: 'object', additionalProperties: text }
const lifetime: Piece = { type: ['integer', 'string'], description: 'Seconds, or "N/A" for the setting of the server' }

const properties: Piece = object({
  application_access_token_expiry_time: lifetime,
  user_access_token_expiry_time: lifetime,
  refresh_token_expiry_time: lifetime,
  bypassClientCredentials: { type: ['boolean', 'string'], description: 'A public client, which has no secret' },
})

const ASKED: Piece = {
  name: { ...text, minLength: 1, maxLength: 70 },
  throttlingPolicy: { ...text, minLength: 1, maxLength: 50 },
  description: { ...text, maxLength: 512 },
  attributes,
}

const INFO: Piece = {
  ...ASKED,
  applicationId: text,
  tokenType,
  status: text,
  groups: texts,
  subscriptionCount: whole,
  owner: text,
}

const INFO_FIELDS = ['applicationId', 'name', 'throttlingPolicy', 'description', 'tokenType', 'status', 'attributes', 'owner']

export const PORTAL_SCHEMAS: Piece = {
  PortalError: object(
    { code: whole, message: text, description: text, moreInfo: text, error: listOf(object({ code: text, message: text }, ['code', 'message'])) },
    ['code', 'message'],
  ),
  WantedApplication: object(
    { ...ASKED, tokenType: { ...tokenType, description: 'Of a new application JWT, else what it is, where it is not named' } },
    ['name', 'throttlingPolicy'],
  ),
  Application: object(
    { ...INFO, keys: listOf(ref('ApplicationKey')), subscriptionScopes: { type: 'array', items: {} }, hashEnabled: flag },
    INFO_FIELDS,
  ),
  ApplicationInfo: object(INFO, INFO_FIELDS),
  ApplicationList: object({ count: whole, list: listOf(ref('ApplicationInfo')), pagination: ref('Pagination') }, ['count', 'list', 'pagination']),
  Pagination: object({ offset: whole, limit: whole, total: whole, next: text, previous: text }, ['offset', 'limit', 'total', 'next', 'previous']),
  WantedKey: object(
    {
      keyType,
      keyManager: oneOf('Resident Key Manager'),
      grantTypesToBeSupported: texts,
      callbackUrl: { ...text, description: 'One redirect URI, or several with a comma between' },
      scopes: texts,
      validityTime: { type: ['integer', 'string'], description: 'Not obeyed: see additionalProperties' },
      additionalProperties: properties,
    },
    ['keyType', 'grantTypesToBeSupported'],
  ),
  ChangedKey: object({ supportedGrantTypes: texts, callbackUrl: text, additionalProperties: properties }),
  ApplicationKey: object(
    {
      keyMappingId: text,
      keyManager: text,
      consumerKey: text,
      consumerSecret: { ...text, description: 'In the answer that makes it only' },
      supportedGrantTypes: texts,
      callbackUrl: text,
      keyState: text,
      keyType,
      mode: text,
      token: ref('ApplicationToken'),
      additionalProperties: properties,
    },
    ['keyMappingId', 'keyManager', 'consumerKey', 'supportedGrantTypes', 'callbackUrl', 'keyState', 'keyType'],
  ),
  ApplicationKeyList: object({ count: whole, list: listOf(ref('ApplicationKey')) }, ['count', 'list']),
  NewSecret: object({ consumerKey: text, consumerSecret: text }, ['consumerKey', 'consumerSecret']),
  WantedToken: object({
    consumerSecret: text,
    validityPeriod: { ...whole, description: 'Not obeyed: tokens live as long as those of the client do' },
    scopes: texts,
    revokeToken: text,
    additionalProperties: { type: 'object' },
  }),
  ApplicationToken: object({ accessToken: text, tokenScopes: texts, validityTime: whole }, ['accessToken', 'tokenScopes', 'validityTime']),
}
