/**
 * What a request presents, by RFC 6750 section 2.1 and nothing else: one Authorization header, scheme Bearer, one token
 * of the b64token grammar, of bounded length. A token in the query (section 2.3) is refused even beside a good header:
 * it already stands in somebody's access log, and its owner should learn that. Pure.
 */

/** A token that carries two hundred groups stays below half of it; web servers commonly take 8 to 16 KiB of headers. */
export const MAX_AUTHORIZATION_LENGTH = 16_384

export type HeaderRefusal = 'missing' | 'unsupported_scheme' | 'malformed_header' | 'token_in_query'

export type Presented =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly reason: HeaderRefusal }

const SCHEME = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?: |$)/
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i

const refused = (reason: HeaderRefusal): Presented => ({ ok: false, reason })

/**
 * `header`: the Authorization header as `Headers.get` gives it (several are joined by a comma, which no b64token has,
 * and so are refused). `url`: the request's own.
 */
export const parseAuthorization = (header: string | null, url: string): Presented => {
  if (new URL(url).searchParams.has('access_token')) return refused('token_in_query')
  if (header === null || header === '') return refused('missing')
  if (header.length > MAX_AUTHORIZATION_LENGTH) return refused('malformed_header')
  const scheme = SCHEME.exec(header)?.[1]
  if (scheme === undefined) return refused('malformed_header')
  if (scheme.toLowerCase() !== 'bearer') return refused('unsupported_scheme')
  const token = BEARER.exec(header)?.[1]
  return token === undefined ? refused('malformed_header') : { ok: true, token }
}
