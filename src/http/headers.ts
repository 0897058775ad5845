/**
 * What every answer carries, whoever made it: a request id of ours (a client's own is not taken over: it would be text
 * of theirs in our log) and headers that leave a browser nothing to do with the answer. A handler that sets one of the
 * replaceable headers itself (the console's own policy, the metadata's cross-origin one) keeps it.
 *
 * Order: first of all, so that refusals and errors carry them too.
 */
import { bytesToHex } from '@noble/hashes/utils.js'
import type { MiddlewareHandler } from 'hono'
import type { Ports } from '../ports.ts'
import type { HttpEnv } from './env.ts'

/** 96 bits: unique without asking anybody. */
const REQUEST_ID_BYTES = 12
/** One year. Subdomains are not ours to promise for. */
const HSTS = 'max-age=31536000'

const FIXED: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Answers are data; nothing in them may load, run, frame, submit or be read across origins. */
const REPLACEABLE: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
}

export interface SecurityHeadersOptions {
  readonly publicUrl: string
  readonly random: Ports['random']
}

export const securityHeaders = ({ publicUrl, random }: SecurityHeadersOptions): MiddlewareHandler<HttpEnv> => {
  const https = new URL(publicUrl).protocol === 'https:'
  return async function securityHeaders(c, next) {
    const requestId = bytesToHex(random(REQUEST_ID_BYTES))
    c.set('requestId', requestId)
    await next()
    const { headers } = c.res
    for (const [name, value] of Object.entries(FIXED)) headers.set(name, value)
    for (const [name, value] of Object.entries(REPLACEABLE)) if (!headers.has(name)) headers.set(name, value)
    if (https) headers.set('strict-transport-security', HSTS)
    headers.set('x-request-id', requestId)
  }
}
