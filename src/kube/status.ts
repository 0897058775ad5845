/**
 * What the API server's refusals mean to us: `Status.reason` to one of our codes, the HTTP status where there is no
 * reason, and a sentence of our own that says what to do. The server's message is never passed on, neither to the model
 * nor to the log: it quotes values, names of others' objects and, for logs, the kubelet's address.
 * Reasons: k8s.io/apimachinery/pkg/apis/meta/v1, type StatusReason.
 */
import { isChangeVerb } from '../access.ts'
import { BulkheadError, type ErrorCode } from '../errors.ts'
import type { Json } from '../tool.ts'
import { arrayOf, isObject, objectOf, textOf } from './json.ts'
import { type About, describe } from './words.ts'

/** A refusal as it arrived, stripped to what may be used. */
export interface Refusal {
  readonly http: number
  /** Empty: the body was no `Status`, or gave no reason. */
  readonly reason: string
  /** The body was a `Status`: the API server itself speaks, not a proxy before it or a handler that it does not have. */
  readonly isStatus: boolean
  /** Seconds. */
  readonly retryAfter: number | undefined
  /** `details.causes`, bounded. Messages quote values: only the writer reads them, and passes none on. */
  readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[]
}

/** A conflict has one cause a field; more would not help anybody. */
const MAX_CAUSES = 20
const MAX_CAUSE_TEXT = 300

const causesOf = (value: Json | undefined): Refusal['causes'] =>
  arrayOf(value)
    .slice(0, MAX_CAUSES)
    .map(objectOf)
    .map(({ reason, field, message }) => ({
      reason: (textOf(reason) ?? '').slice(0, MAX_CAUSE_TEXT),
      field: (textOf(field) ?? '').slice(0, MAX_CAUSE_TEXT),
      message: (textOf(message) ?? '').slice(0, MAX_CAUSE_TEXT),
    }))

const CODE_BY_REASON: ReadonlyMap<string, ErrorCode> = new Map([
  ['Unauthorized', 'cluster_unauthorized'],
  ['Forbidden', 'cluster_forbidden'],
  ['NotFound', 'not_found'],
  ['AlreadyExists', 'conflict'],
  ['Conflict', 'conflict'],
  ['Gone', 'cursor_expired'],
  ['Expired', 'cursor_expired'],
  ['Invalid', 'cluster_rejected'],
  ['BadRequest', 'cluster_rejected'],
  ['MethodNotAllowed', 'cluster_rejected'],
  ['RequestEntityTooLarge', 'cluster_rejected'],
  ['NotAcceptable', 'cluster_nonsense'],
  ['UnsupportedMediaType', 'cluster_nonsense'],
  ['TooManyRequests', 'cluster_rate_limited'],
  ['ServerTimeout', 'cluster_timeout'],
  ['Timeout', 'cluster_timeout'],
  ['InternalError', 'cluster_error'],
  ['StorageReadError', 'cluster_error'],
  ['ServiceUnavailable', 'cluster_error'],
])

/** 502, and Cloudflare's own 520 to 530: something before the API server says that it cannot get through to it. */
export const isGateway = (http: number): boolean => http === 502 || (http >= 520 && http <= 530)

const codeByHttp = (http: number): ErrorCode => {
  if (http === 401) return 'cluster_unauthorized'
  if (http === 403) return 'cluster_forbidden'
  if (http === 404) return 'not_found'
  if (http === 406 || http === 415) return 'cluster_nonsense'
  if (http === 409) return 'conflict'
  if (http === 410) return 'cursor_expired'
  if (http === 429) return 'cluster_rate_limited'
  if (http === 504) return 'cluster_timeout'
  if (isGateway(http)) return 'cluster_unreachable'
  if (http >= 500) return 'cluster_error'
  return http >= 400 ? 'cluster_rejected' : 'cluster_nonsense'
}

/** Delay in seconds only: the API server never sends the other form, a date. */
const seconds = (header: string | null): number | undefined =>
  header !== null && /^[0-9]{1,6}$/.test(header) ? Number(header) : undefined

/** `body`: the answer's JSON where it was any. */
export const readRefusal = (http: number, retryAfterHeader: string | null, body: Json | undefined): Refusal => {
  const status = isObject(body) && body.kind === 'Status' ? body : undefined
  const { retryAfterSeconds: details, causes } = objectOf(status?.details)
  return {
    http,
    reason: textOf(status?.reason) ?? '',
    isStatus: status !== undefined,
    retryAfter: seconds(retryAfterHeader) ?? (typeof details === 'number' && details > 0 ? details : undefined),
    causes: causesOf(causes),
  }
}

export interface RefusalContext {
  readonly about: About
  /** A continue token was sent. */
  readonly continued: boolean
}

const codeOf = (refusal: Refusal, { about, continued }: RefusalContext): ErrorCode => {
  const code = CODE_BY_REASON.get(refusal.reason) ?? codeByHttp(refusal.http)
  if (refusal.http === 400 && continued) return 'cursor_invalid'
  // Plain "404 page not found", or any 404 to a list: the type is not served, whatever discovery said a while ago.
  if (code === 'not_found' && typeof about !== 'string' && (!refusal.isStatus || about.verb === 'list')) {
    return 'unknown_kind'
  }
  return code
}

const forbidden = (about: About): string => {
  const what = `The cluster forbids Bulkhead's credential to ${describe(about)}.`
  const isSecret = typeof about !== 'string' && about.group === '' && about.resource === 'secrets'
  if (typeof about !== 'string' && isChangeVerb(about.verb))
    return `${what} An operator can grant it in the cluster's RBAC; the roles that Bulkhead expects for changes are ${isSecret ? 'in deploy/rbac/change-releases.yaml' : 'in deploy/rbac/change.yaml and change-nodes.yaml'}.`
  return isSecret
    ? `${what} Secrets are not looked at unless an operator grants the opt-in role, deploy/rbac/secrets-optin.yaml.`
    : `${what} An operator can grant it in the cluster's RBAC; the role that Bulkhead expects is deploy/rbac/read.yaml.`
}

const sentence = (code: ErrorCode, refusal: Refusal, { about }: RefusalContext, cluster: string): string => {
  const what = describe(about)
  const server = `The API server of cluster "${cluster}"`
  switch (code) {
    case 'cluster_unauthorized':
      return `${server} does not accept Bulkhead's credential (401). An operator must renew it.`
    case 'cluster_forbidden':
      return forbidden(about)
    case 'not_found':
      return `Nothing to ${what}: it does not exist in cluster "${cluster}". List the names that do, and check the namespace.`
    case 'unknown_kind':
      return `${server} does not serve what was asked for (${what}). Its definition may have been removed: list the resource types that there are.`
    case 'cursor_expired':
      return 'The list changed too much since its first page and the cursor expired. Repeat the first page without cursor.'
    case 'cursor_invalid':
      return 'The API server does not accept the cursor. Repeat the first page without cursor, and keep every other argument as it was.'
    case 'conflict':
      return `${server} found a conflict: to ${what} no longer fits what is there. Read the object again first.`
    case 'cluster_rate_limited':
      return `${server} is limiting Bulkhead's requests (429). Ask again in ${refusal.retryAfter ?? 1} s, and for less at a time.`
    case 'cluster_timeout':
      return `${server} gave up on its own work in time (to ${what}). Ask again, or for less at a time.`
    case 'cluster_unreachable':
      return refusal.http === 526
        ? `${server} shows a certificate that this platform does not trust (526). An operator must reach it by another way: see the README, where your cluster is.`
        : `${server} cannot be reached through what stands before it (HTTP ${refusal.http}). Ask again; an operator can check the tunnel or proxy.`
    case 'cluster_rejected':
      return `${server} refused to ${what} (HTTP ${refusal.http}). ${
        typeof about !== 'string' && about.verb === 'list'
          ? 'Check the selectors: most types only know the fields metadata.name and metadata.namespace.'
          : 'Check the arguments.'
      }`
    case 'cluster_nonsense':
      return `${server} answered with HTTP ${refusal.http}, which is no answer to ${what}. An operator should check that the configured server is a Kubernetes API server.`
    default:
      return `${server} failed (HTTP ${refusal.http}) to ${what}. Ask again; if it stays, an operator should look at the API server.`
  }
}

/** The error to throw. `detail` holds the numbers and the reason, never the server's message. */
export const refusalError = (refusal: Refusal, context: RefusalContext, cluster: string): BulkheadError => {
  const code = codeOf(refusal, context)
  return new BulkheadError(code, sentence(code, refusal, context, cluster), {
    detail: `HTTP ${refusal.http}, reason ${/^[A-Za-z]{1,40}$/.test(refusal.reason) ? refusal.reason : 'none'}`,
    ...(refusal.retryAfter === undefined ? {} : { retryAfter: refusal.retryAfter }),
  })
}
