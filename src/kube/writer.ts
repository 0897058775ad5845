/**
 * The only thing that can write to an API server. Made with the change credential, held by guard/ alone; every method
 * takes an operation and answers what the API server made of it, raw (Secret values included).
 */

import type { Access } from '../access.ts'
import type { Operation, Target } from '../change.ts'
import { BulkheadError, type ErrorCode } from '../errors.ts'
import type { Json, KubeObject } from '../tool.ts'
import type { KubeClientOptions } from './client.ts'
import { isObject, type JsonObject } from './json.ts'
import { type Query, resourcePath, type Subresource } from './path.ts'
import { ACCEPT_JSON, createWriteRequester, nonsense, type Send, type Sent } from './request.ts'
import type { Refusal } from './status.ts'
import type { About } from './words.ts'

/** Server-side apply's field manager, and that of every other write of ours. */
export const FIELD_MANAGER = 'bulkhead'

/** What a write is bound to: it fails where the object is another, or has moved on. Absent: the object must not exist. */
export interface Preconditions {
  readonly uid: string
  readonly resourceVersion: string
}

export interface Written {
  /** The object as it is (or would be); absent after a delete or an eviction. */
  readonly object?: KubeObject
  /** The API server's `Warning` headers, their texts only: cluster text, each at most 256 characters, at most 20. */
  readonly warnings: readonly string[]
}

/** One field that another manager owns. Cluster text. */
export interface FieldConflict {
  readonly manager: string
  readonly field: string
}

/** `field_conflict`, with the owners: thrown by `dryRun` and `write` of an apply. */
export class FieldConflictError extends BulkheadError {
  readonly conflicts: readonly FieldConflict[]
  constructor(message: string, conflicts: readonly FieldConflict[]) {
    super('field_conflict', message, { untrusted: conflicts.map((it) => `${it.manager}: ${it.field}`).join('\n') })
    this.name = 'FieldConflictError'
    this.conflicts = conflicts
  }
}

export interface KubeWriter {
  /** Throws `not_found`. The `scale` subresource where `subresource` says so. */
  get(target: Target, subresource: 'scale' | undefined, signal: AbortSignal): Promise<KubeObject>
  /**
   * `dryRun=All`, `fieldValidation=Strict`. Throws what the API server answered: `cluster_rejected`, `conflict`,
   * `field_conflict`, `not_plannable` (a webhook that cannot be asked, an unknown namespace), …
   */
  dryRun(operation: Operation, preconditions: Preconditions | undefined, signal: AbortSignal): Promise<Written>
  /**
   * Sends the write once; again only after 429 with a Retry-After. A 4xx is a refusal that changed nothing and is thrown
   * by its code (`conflict`: the precondition failed). Whatever else is not a success is `outcome_unknown`: no answer, a
   * broken one, a 5xx.
   */
  write(operation: Operation, preconditions: Preconditions | undefined, signal: AbortSignal): Promise<Written>
}

/** `conflict with "MANAGER" using apps/v1` (sigs.k8s.io/structured-merge-diff/merge/conflict.go). */
const OWNER = /^conflict with "((?:[^"\\]|\\.){1,128})"/

const conflictsOf = ({ causes }: Refusal): readonly FieldConflict[] =>
  causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ message, field }) => ({ manager: OWNER.exec(message)?.[1] ?? 'unknown', field }))

/** Which fields, and why in the API server's own word for it. Its messages quote values, which may be secret. */
const invalidFields = ({ causes }: Refusal): string | undefined =>
  causes.length === 0 ? undefined : causes.map(({ field, reason }) => `${field}: ${reason}`).join('\n')

const refusedWrite =
  (operation: Operation, isDryRun: boolean) =>
  (refusal: Refusal): BulkheadError | undefined => {
    const conflicts = conflictsOf(refusal)
    if (conflicts.length > 0)
      return new FieldConflictError(
        'Other managers own fields that this would change; they stand below with their owners. Leave those fields out, or ask with force to take them over.',
        conflicts,
      )
    if (refusal.http === 429 && refusal.causes.some(({ reason }) => reason === 'DisruptionBudget'))
      return new BulkheadError(
        'disruption_budget',
        'A disruption budget allows no further pod to go now. It is tried again until the budget allows it or the time is over.',
      )
    if (isDryRun && refusal.http === 404 && (operation.verb === 'create' || operation.verb === 'apply'))
      return new BulkheadError(
        'not_plannable',
        'The API server cannot try this: its namespace or its kind does not exist. Where the same change creates them, plan them first and the rest when they are there.',
      )
    if (isDryRun && refusal.reason === 'BadRequest' && refusal.causes.length === 0 && operation.verb !== 'patch')
      return new BulkheadError(
        'not_plannable',
        'The API server cannot try this without doing it, or cannot read it: an admission webhook may not support dry runs, or a field is unknown. An operator can look at the webhooks; check the fields with resources_explain.',
      )
    if (refusal.http === 422 || refusal.http === 400) {
      const fields = invalidFields(refusal)
      return new BulkheadError(
        'cluster_rejected',
        `The API server refuses the ${operation.verb} (HTTP ${refusal.http}): ${fields === undefined ? 'a field is unknown or malformed' : 'the fields stand below with the reason for each'}. Check the manifest or patch with resources_explain.`,
        {
          detail: `HTTP ${refusal.http}, reason ${refusal.reason}`,
          ...(fields === undefined ? {} : { untrusted: fields }),
        },
      )
    }
    return undefined
  }

const CONTENT_TYPES = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const

/** Metadata with what the write is bound to: the API server compares both and answers 409 where they differ. */
const bound = (object: JsonObject, preconditions: Preconditions | undefined): JsonObject => {
  if (preconditions === undefined) return object
  const { metadata } = object
  return { ...object, metadata: { ...(isObject(metadata) ? metadata : {}), ...preconditions } }
}

/** RFC 6902: a `test` that fails is a refusal; the replaced resourceVersion is the usual optimistic lock. */
const boundSteps = (patch: Json, { uid, resourceVersion }: Preconditions): Json => [
  { op: 'test', path: '/metadata/uid', value: uid },
  { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
  ...(Array.isArray(patch) ? patch : []),
]

type Body = Pick<Send, 'method' | 'body' | 'contentType'> & { readonly isCollection?: boolean; readonly query?: Query }

const bodyOf = (operation: Operation, preconditions: Preconditions | undefined, isDryRun: boolean): Body => {
  const { name, namespace } = operation
  const options = {
    ...(isDryRun ? { dryRun: ['All'] } : {}),
    ...(preconditions === undefined ? {} : { preconditions }),
  }
  switch (operation.verb) {
    case 'create':
      return { method: 'POST', body: JSON.stringify(operation.object), isCollection: true, query: STRICT }
    case 'apply':
      return {
        method: 'PATCH',
        contentType: 'application/apply-patch+yaml',
        body: JSON.stringify(bound(operation.object, preconditions)),
        query: { ...STRICT, ...(operation.force ? { force: true } : {}) },
      }
    case 'patch': {
      const { patch, patchType } = operation
      const whole = patchType === 'json' && preconditions !== undefined ? boundSteps(patch, preconditions) : patch
      const body = isObject(whole) ? bound(whole, preconditions) : whole
      return { method: 'PATCH', contentType: CONTENT_TYPES[patchType], body: JSON.stringify(body), query: STRICT }
    }
    case 'delete': {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: operation.propagation, ...options }
      return { method: 'DELETE', body: JSON.stringify(body) }
    }
    case 'evict': {
      const metadata = { name, ...(namespace === undefined ? {} : { namespace }) }
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata, deleteOptions: options }
      // The parameter counts for the eviction itself, the options for the delete that it becomes.
      return { method: 'POST', body: JSON.stringify(body) }
    }
  }
}

const STRICT = { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' } as const

const subresourceOf = (operation: Operation): Subresource | undefined => {
  if (operation.verb === 'evict') return 'eviction'
  return operation.verb === 'patch' ? operation.subresource : undefined
}

const VERBS = { create: 'create', apply: 'patch', patch: 'patch', delete: 'delete', evict: 'create' } as const

/** The access that an operation is: what policy judges, and what errors name. */
export const accessOfOperation = (operation: Operation): Omit<Access, 'cluster'> => {
  const { type, namespace, name, verb } = operation
  const subresource = subresourceOf(operation)
  return {
    verb: VERBS[verb],
    group: type.group,
    resource: type.resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    name,
  }
}

/**
 * `299 - "text"` and perhaps a date, several in one header (RFC 7234 section 5.5, as k8s.io/apimachinery/pkg/util/net
 * writes it). Each begins where the one before ended: a text may hold what looks like another warning. Linear.
 */
const WARNING = /(?:^|, ?)\d{3} \S{1,256} "((?:[^"\\]|\\.)*)"(?: "[^"]*")?/gy
const MAX_WARNINGS = 20
const MAX_WARNING = 256

const warningsOf = (header: string | null): readonly string[] =>
  [...(header ?? '').matchAll(WARNING)]
    .slice(0, MAX_WARNINGS)
    .map(([, text = '']) => text.replace(/\\(.)/g, '$1').slice(0, MAX_WARNING))

/** What came back, where it is an object and not a `Status`. */
const written = ({ json, headers }: Sent): Written => ({
  ...(isObject(json) && json.kind !== 'Status' ? { object: json as KubeObject } : {}),
  warnings: warningsOf(headers.get('warning')),
})

const unknownOutcome = (error: unknown): BulkheadError =>
  new BulkheadError(
    'outcome_unknown',
    'The API server did not say what became of the write. It is not sent again; the object is looked at instead.',
    { detail: error instanceof Error ? error.message : String(error), cause: error },
  )

export const createKubeWriter = (options: KubeClientOptions): KubeWriter => {
  const requester = createWriteRequester(options)
  const send = async (
    operation: Operation,
    preconditions: Preconditions | undefined,
    isDryRun: boolean,
    signal: AbortSignal,
  ): Promise<Written> => {
    const { isCollection = false, query = {}, ...rest } = bodyOf(operation, preconditions, isDryRun)
    const { type, namespace, name } = operation
    const about = accessOfOperation(operation)
    const { subresource } = about
    const path = resourcePath(
      type,
      {
        ...(namespace === undefined ? {} : { namespace }),
        ...(isCollection ? {} : { name }),
        ...(subresource === undefined ? {} : { subresource: subresource as Subresource }),
      },
      { ...(isDryRun ? { dryRun: 'All' } : {}), ...query },
    )
    return written(
      await requester.send({ ...rest, path, about, isWrite: true, refused: refusedWrite(operation, isDryRun) }, signal),
    )
  }
  return {
    async get({ type, namespace, name }, subresource, signal) {
      const scope = { ...(namespace === undefined ? {} : { namespace }), name }
      const about: About = { verb: 'get', group: type.group, resource: type.resource, ...scope }
      const path = resourcePath(type, { ...scope, ...(subresource === undefined ? {} : { subresource }) })
      const json = await requester.get({ path, about, accept: ACCEPT_JSON }, signal)
      if (!isObject(json)) throw nonsense(options, about, 'no object')
      return json as KubeObject
    },
    dryRun: (operation, preconditions, signal) => send(operation, preconditions, true, signal),
    async write(operation, preconditions, signal) {
      try {
        return await send(operation, preconditions, false, signal)
      } catch (error) {
        throw error instanceof BulkheadError && ANSWERS.has(error.code) ? error : unknownOutcome(error)
      }
    },
  }
}

/** The API server's own word that it did nothing, or ours that nothing was sent. */
const ANSWERS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'not_found',
  'unknown_kind',
  'conflict',
  'field_conflict',
  'cluster_forbidden',
  'cluster_unauthorized',
  'cluster_rejected',
  'cluster_rate_limited',
  'disruption_budget',
  'secret_unavailable',
])
