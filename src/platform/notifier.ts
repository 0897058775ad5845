/** The `Notifier` port by fetch: POST, redirects are failures, the answer's body is not read. */
import type { Notifier } from '../ports.ts'

export const createNotifier = (send: (url: string, init: RequestInit) => Promise<Response>): Notifier => ({
  async deliver(url, { headers, body }, signal) {
    const response = await send(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    await response.body?.cancel()
    return response.status
  },
})
