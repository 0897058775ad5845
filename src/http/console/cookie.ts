/**
 * The one cookie. Its name says to browsers what it is (`__Host-`: https, this host, every path); on plain-http loopback
 * some of them drop `Secure` cookies, so it has another name there. Lax, so that a link in a message opens the plan.
 */
import { SESSION_MS } from './session.ts'

export interface Cookie {
  readonly name: string
  /** `Set-Cookie` for a value; empty: forget it. What ends the session is in the value, the age only tells the browser. */
  set(value: string): string
  /** From a `Cookie` header. */
  read(header: string | undefined): string | undefined
}

export const cookieFor = (publicUrl: string): Cookie => {
  const secure = publicUrl.startsWith('https:')
  const name = secure ? '__Host-bulkhead' : 'bulkhead'
  return {
    name,
    set: (value) =>
      `${name}=${value}; Max-Age=${value === '' ? 0 : SESSION_MS / 1000}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`,
    read: (header) =>
      header
        ?.split(';')
        .map((pair) => pair.trim())
        .find((pair) => pair.startsWith(`${name}=`))
        ?.slice(name.length + 1),
  }
}
