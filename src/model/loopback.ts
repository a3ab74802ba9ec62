/** Whether a host is this machine, and what is sent there is seen by nobody else: RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}
