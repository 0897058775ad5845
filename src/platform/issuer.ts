/** The way to the configured issuers' metadata and keys: https, no redirect followed, nothing of ours sent along. */
import { BulkheadError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import type { Send } from './transport.ts'

export const createIssuerFetch =
  (send: Send): Ports['fetchIssuer'] =>
  async (url, signal) => {
    if (URL.parse(url)?.protocol !== 'https:') {
      throw new BulkheadError('internal', "An issuer's keys were not fetched: their URL is not https.", {
        detail: `issuer URL ${JSON.stringify(url.slice(0, 256))}`,
      })
    }
    return send(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal })
  }
