import { connect } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type mariadb from 'mariadb'
import { type DatabaseTls, tlsOptionsOf } from './server-options.js'

/** The driver's options of one connection that is being made. */
interface Connecting {
  password: string
  ssl: object
}

type Address = mariadb.ConnectionConfig & { readonly host: string; readonly port: number; readonly password: string }

/**
 * Encrypted connections that tell their password only to a server whose certificate has been accepted. Left alone, the driver
 * goes on with any certificate of a server that calls itself MariaDB, sends what that asks for, and judges afterwards.
 */
export function overTls(address: Address, tls: DatabaseTls): mariadb.ConnectionConfig {
  const ssl = tlsOptionsOf(tls, address.host)
  if (tls.mode === 'require') return { ...address, ssl }
  const judge = ssl.checkServerIdentity ?? checkServerIdentity
  return {
    ...address,
    password: '',
    ssl,
    stream(this: Connecting) {
      const accept = (host: string, certificate: PeerCertificate): Error | undefined => {
        const problem = judge(host, certificate)
        if (problem === undefined) this.password = address.password
        return problem
      }
      // Asked only when those who signed are trusted, and before anything is sent.
      this.ssl = { ...ssl, checkServerIdentity: accept }
      return connect(address.port, address.host)
    },
  }
}
