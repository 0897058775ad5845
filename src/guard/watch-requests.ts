/**
 * Requests to an API server as operators see them: counted always, and a span each where the call is traced. Method, verb,
 * type and status; no name, no query, no body.
 */
import { resourceName } from '../access.ts'
import type { Watched, Wire } from '../kube/exchange.ts'
import type { Meter } from '../meter.ts'
import type { Attributes, Span } from '../trace.ts'

/** Statuses that say something by themselves; of the others the class is enough, and there are few series. */
const TELLING: ReadonlySet<number> = new Set([401, 403, 404, 409, 410, 422, 429])
const outcomeOf = (status: number): string => (TELLING.has(status) ? String(status) : `${Math.floor(status / 100)}xx`)

type Watch = NonNullable<Wire['watch']>

const attributesOf = (cluster: string, { method, about }: Parameters<Watch>[0], attempt: number): Attributes => ({
  'http.request.method': method,
  'http.request.resend_count': attempt === 0 ? undefined : attempt,
  'k8s.cluster.name': cluster,
  ...(typeof about === 'string'
    ? { 'bulkhead.k8s.about': about }
    : { 'bulkhead.k8s.verb': about.verb, 'bulkhead.k8s.resource': resourceName(about) }),
})

/**
 * A traced request carries its span's id, so that an API server that traces can join in. It makes of that what it is
 * configured to; a trace that we do not record is none of its business.
 */
export const watchRequests =
  (cluster: string, meter: Meter, within: Span | undefined): Watch =>
  (request, attempt): Watched => {
    const { method, about } = request
    const target = typeof about === 'string' ? '' : ` ${resourceName(about)}`
    const span = within?.child(`${method}${target}`, 'client', attributesOf(cluster, request, attempt))
    let isOver = false
    return {
      ...(span === undefined ? {} : { headers: { traceparent: span.traceparent } }),
      end({ status, code }) {
        if (isOver) return
        isOver = true
        const outcome = code ?? outcomeOf(status ?? 0)
        meter.count('bulkhead_apiserver_requests_total', { cluster, method, outcome })
        const failed = code ?? (status !== undefined && status >= 400 ? String(status) : undefined)
        span?.end({ 'http.response.status_code': status, 'error.type': failed })
      },
    }
  }
