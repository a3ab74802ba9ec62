import { anything } from '../kinds.js'
import { type Key, key } from './key.js'

const notNeeded = (path: string, about: string): Key<unknown> =>
  key({ path, kind: anything, about, isIgnored: true, notice: 'known from WSO2 and not needed: nothing is read from it' })

/** Those of Tomcat's pool that have no counterpart here. */
const POOL_OPTIONS: readonly string[] = [
  'commitOnReturn',
  'connectionProperties',
  'defaultAutoCommit',
  'defaultTransactionIsolation',
  'initialSize',
  'jdbcInterceptors',
  'jmxEnabled',
  'logAbandoned',
  'maxAge',
  'maxIdle',
  'minEvictableIdleTimeMillis',
  'minIdle',
  'removeAbandoned',
  'removeAbandonedTimeout',
  'rollbackOnReturn',
  'testOnBorrow',
  'testOnReturn',
  'testWhileIdle',
  'timeBetweenEvictionRunsMillis',
  'validationInterval',
  'validationQuery',
  'validationQueryTimeout',
]

export const JWT_FOR_PORTALS: Key<unknown> = {
  ...notNeeded('apim.oauth_config.enable_jwt_for_portals', 'JWTs for the web portals.'),
  notice: 'known from WSO2 and not needed: only "jeton doctor" reads it, and names it when it is false',
}

/** What stands in the files that WSO2's operators bring along, and has no meaning here. A misspelt one is still unknown, except within the tables with `*`. */
export const WSO2_KEYS: readonly Key<unknown>[] = [
  notNeeded('server.node_ip', 'The address under which cluster members know each other.'),
  notNeeded('server.base_path', 'The address of the carbon server.'),
  notNeeded('server.server_role', 'The profile of the server.'),
  notNeeded('server.mode', 'How the product runs.'),
  notNeeded('transport.https.properties.maxHttpHeaderSize', 'Room for JWTs in headers of revocation answers.'),
  JWT_FOR_PORTALS,
  notNeeded('apim.oauth_config.enable_revoke_token_cleanup', 'Deletion of revoked tokens at the gateways.'),
  notNeeded('apim.key_manager.enable_revoked_token_event_validation', 'Checking of revocation events.'),
  notNeeded('apim.event_hub.enable', 'Whether gateways ask the event hub.'),
  notNeeded('apim.event_hub.service_url', 'Where the gateways ask for what is revoked.'),
  notNeeded('apim.event_hub.event_listening_endpoints', 'Where the gateways listen for events.'),
  notNeeded('apim.event_hub.event_duplicate_url', 'Control planes that pass events on to each other.'),
  {
    ...notNeeded('event_listener[].*', 'Classes that hear of events.'),
    notice: 'known from WSO2 and not read: where revocations are told stands in revocation.wso2_notify_url',
  },
  notNeeded('oauth.add_tenant_domain_to_access_token', 'The tenant in the access token.'),
  notNeeded('oauth.timestamp_skew', 'Tolerance for clocks; see revocation.max_clock_skew.'),
  notNeeded('oauth.token_generation.retry_count_on_persistence_failures', 'Retries when a token cannot be stored.'),
  notNeeded('oauth.introspect.allow_cross_tenant', 'Introspection across tenants.'),
  notNeeded('oauth.extensions.token_types[].persist_access_token_alias', 'Storing the jti in place of the token.'),
  notNeeded('session_data.persistence.enable_persistence', 'Storing of sessions.'),
  notNeeded('session_data.persistence.persistence_pool_size', 'Threads that store sessions.'),
  notNeeded('session_data.cleanup.pre_session_data_cleanup_thread_pool_size', 'Threads that clean sessions.'),
  notNeeded('super_admin.*', 'The first administrator.'),
  notNeeded('user_store.*', 'Where users are kept.'),
  notNeeded('keystore.tls.*', 'The Java key store for TLS; see [transport.https].'),
  notNeeded('keystore.primary.*', 'The Java key store for signing.'),
  notNeeded('keystore.internal.*', 'The Java key store for encryption.'),
  notNeeded('truststore.*', 'The Java trust store.'),
  notNeeded('database.identity_db.driver', 'The class of the JDBC driver.'),
  ...POOL_OPTIONS.map((name) => notNeeded(`database.identity_db.pool_options.${name}`, 'An option of the pool of JDBC connections.')),
  notNeeded('database.apim_db.*', "The API manager's own database."),
  notNeeded('database.shared_db.*', 'The database that the products share.'),
]
