/**
 * What a tool is, and the views it is handed. A read tool can look and answer; it holds no client that can write, no
 * secret and no way out but its return value. Annotations are derived from `kind`, so they cannot drift.
 */
import * as z from 'zod'
import type { Access, Caller, Verb, Verdict } from './access.ts'
import type { Change, Withdrawal } from './change.ts'
import type { PlanSummary, PlanView } from './plan.ts'

/** A resource type as the API server's discovery describes it. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** Plural: `pods`. */
  readonly resource: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  /** `log`, `scale`, `status`, … */
  readonly subresources: readonly string[]
}

/** `v1`, `apps/v1`. */
export const apiVersionOf = (type: Pick<ResourceType, 'group' | 'version'>): string =>
  type.group === '' ? type.version : `${type.group}/${type.version}`

/** Any JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A Kubernetes object, loose by intention: fields beyond these are the cluster's business. */
export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: {
    readonly name?: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly creationTimestamp?: string
    readonly deletionTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly Readonly<{
      apiVersion: string
      kind: string
      name: string
      uid: string
      controller?: boolean
    }>[]
    readonly [key: string]: unknown
  }
  readonly [key: string]: unknown
}

/** A field manager's last write of an object, and which fields are its own since. All of it is cluster text. */
export interface FieldWrite {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  /** RFC 3339, whole seconds. */
  readonly time: string
  /** `status`, `scale`, … */
  readonly subresource?: string
  /** `spec.replicas`, `spec.template…[app].image`: the first few. Of a Secret none. */
  readonly fields: readonly string[]
  /** How many fields are left out. */
  readonly more: number
}

export interface ListQuery {
  /** Absent: all namespaces (or a cluster-scoped type). */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** At most the client's own page limit. */
  readonly limit?: number
  /** As a page before gave it; bound to caller, cluster and query. */
  readonly cursor?: string
  /** Of a table: each row brings its object's labels, owners and times. */
  readonly withMetadata?: boolean
}

interface Page {
  /** Absent on the last page. */
  readonly cursor?: string
  /** What the API server estimates is left after this page. */
  readonly remaining?: number
}

export interface ObjectPage extends Page {
  readonly items: readonly KubeObject[]
}

/** What `kubectl get` prints, from the API server's own printers (`meta.k8s.io/v1` Table). */
export interface TablePage extends Page {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly priority: number }[]
  readonly rows: readonly {
    readonly namespace?: string
    readonly name?: string
    readonly cells: readonly Json[]
    /** Where it was asked for: labels, ownerReferences, uid and the two timestamps. */
    readonly metadata?: RowMetadata
  }[]
}

/** What a table's row keeps of its object. */
export type RowMetadata = Pick<
  NonNullable<KubeObject['metadata']>,
  'uid' | 'labels' | 'ownerReferences' | 'creationTimestamp' | 'deletionTimestamp'
>

export interface LogQuery {
  readonly namespace: string
  readonly name: string
  readonly container?: string
  readonly previous?: boolean
  /** Lines from the end. */
  readonly tailLines?: number
  /** Seconds. */
  readonly sinceSeconds?: number
  readonly timestamps?: boolean
  /** RE2's syntax, tried on each redacted line; only matching lines are answered. Throws `invalid_arguments`. */
  readonly match?: string
  /** Lines before and behind each match. */
  readonly context?: number
}

export interface LogAnswer {
  /** Redacted as a stream, so that a secret split across chunks is still found. */
  readonly text: string
  /** The log was longer than `output.logBytes`; the newest lines were kept. */
  readonly cut: boolean
  /** With `match`: lines looked at, and those that match. */
  readonly found?: { readonly lines: number; readonly matches: number }
}

/** A field of a type, from the cluster's OpenAPI document. All of it is cluster text. */
export interface SchemaField {
  readonly name: string
  /** `string`, `Container[]`, `map[string]Quantity`, `Always|OnFailure|Never`. */
  readonly type: string
  readonly required: boolean
  /** Shortened; empty where the document has none. */
  readonly description: string
  /** Only where it cannot be a secret: a number, a boolean or one of the named values. */
  readonly default?: string
}

/** A type, or a field of one with what it holds. */
export interface SchemaAnswer extends SchemaField {
  /** In the document's order. */
  readonly fields: readonly SchemaField[]
}

export interface HelmQuery {
  readonly namespace: string
  readonly name: string
  readonly revision: number
}

/** One revision of a Helm release, with every value masked. */
export interface HelmRelease {
  /** `name-version`. */
  readonly chart: string
  readonly appVersion: string
  readonly status: string
  readonly description: string
  readonly notes: string
  /** Given at install; keys only, so to speak: every value is a mark. */
  readonly values: { readonly [key: string]: Json }
  /** Absent where it is no plain YAML. */
  readonly manifest?: readonly KubeObject[]
}

/** What the cluster's own RBAC says of Bulkhead's credential (SelfSubjectAccessReview). */
export interface RbacAnswer {
  readonly allowed: boolean
  readonly reason: string
}

/**
 * One cluster, read-only, under the caller's policy, every answer already redacted in structure. Every method may throw
 * a BulkheadError: `policy_denied`, `rail_refused`, or what the cluster answered.
 */
export interface ClusterView {
  readonly name: string
  /** The API server's `gitVersion`. */
  version(): Promise<string>
  /** Everything that discovery knows, in a fixed order. Not an access: policy is not asked. */
  types(): Promise<readonly ResourceType[]>
  /**
   * `kind` is a Kind, a plural, a singular or a short name, in any case, with or without `.group`.
   * Throws `unknown_kind` (with the nearest kinds) or `ambiguous_kind` (with the candidates).
   */
  resolve(kind: string, apiVersion?: string): Promise<ResourceType>
  /**
   * The type's own schema, or that of the field at `path` (lists and maps are passed through). Not an access: policy is
   * not asked. Throws `not_found` where the cluster describes no such type, `invalid_arguments` for an unknown field.
   */
  schema(type: ResourceType, path: readonly string[]): Promise<SchemaAnswer>
  get(type: ResourceType, name: string, namespace?: string): Promise<KubeObject>
  list(type: ResourceType, query: ListQuery): Promise<ObjectPage>
  table(type: ResourceType, query: ListQuery): Promise<TablePage>
  /** Metadata without spec, status or data: the way to list what must not be read. */
  metadata(type: ResourceType, query: ListQuery): Promise<ObjectPage>
  /** Of an object that `get`, `list` or `metadata` of this view gave; of any other none. Asks nobody. */
  writes(object: KubeObject): readonly FieldWrite[]
  log(query: LogQuery): Promise<LogAnswer>
  /** `store`: core Secrets or ConfigMaps, where Helm keeps releases; reading one is a `get` of that. */
  helmRelease(store: ResourceType, release: HelmQuery): Promise<HelmRelease>
  /** Asks about Bulkhead's own read credential; not an access of the caller's. */
  rbac(access: Omit<Access, 'cluster'>): Promise<RbacAnswer>
}

export interface PolicyView {
  /** What rails and policy say, without asking any cluster. */
  explain(access: Access): Verdict
  /** Namespaces that some rule names for this verb and resource: what to suggest when all namespaces are refused. */
  namespacesFor(access: Access): readonly string[]
}

export interface ClusterSummary {
  readonly name: string
  /** No change credential is configured. */
  readonly readOnly: boolean
}

/** The caller's own plans. */
export interface PlansView {
  /** Newest first; of one cluster, or of all that are open to the caller. */
  list(cluster: string | undefined): Promise<readonly PlanSummary[]>
  /** Waits until its state is another than it was, at most so long. Throws `plan_unknown`. */
  get(id: string, waitSeconds: number): Promise<PlanView>
}

/** A write that Bulkhead made or tried, as its own ledger tells: which object and how it ended, never a value. */
export interface RecordedChange {
  /** RFC 3339: when it was sent. */
  readonly time: string
  /** Who asked for it. */
  readonly caller: string
  /** The change tool; absent where its plan is older than what was read. */
  readonly tool?: string
  /** `create`, `apply`, `patch`, `delete`, `evict`. */
  readonly operation: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name: string
  /** `done`, or an error's code; `unknown`: nothing is recorded of how it ended. */
  readonly outcome: string
}

export interface RecordedChanges {
  /** Newest first. */
  readonly changes: readonly RecordedChange[]
  /** The records since then were all read. */
  readonly complete: boolean
}

/** What Bulkhead's own ledger tells of changes, as far as this caller may read the objects concerned. */
export interface LedgerView {
  /** `sinceMs`: milliseconds since the Unix epoch. Throws `ledger_unavailable`. */
  changes(cluster: string, sinceMs: number): Promise<RecordedChanges>
}

/** All that a tool can see. */
export interface Views {
  readonly caller: Caller
  readonly policy: PolicyView
  /** The clusters in which policy could allow this caller anything. */
  readonly clusters: readonly ClusterSummary[]
  /** Throws `unknown_cluster`; without a name, the only cluster there is, else `invalid_arguments` naming the choices. */
  cluster(name: string | undefined): ClusterView
  readonly plans: PlansView
  readonly ledger: LedgerView
  readonly limits: { readonly maxBytes: number; readonly logBytes: number }
  /** Milliseconds since the Unix epoch, one moment for the whole call. */
  readonly now: number
  /** Milliseconds since that moment. */
  elapsed(): number
}

/**
 * What a tool answers. Cluster text goes into `untrusted` and leaves inside the envelope; `notes` are our own sentences
 * and leave outside it, so no cluster text may be put into them.
 */
export interface Answer {
  readonly untrusted?: string
  readonly notes?: readonly string[]
  /** For programs, where the tool declares `output`. Scanned like the text. */
  readonly structured?: Readonly<Record<string, unknown>>
}

/** What a tool could need, for deciding who sees it in `tools/list`: `*` is any resource. */
export interface Need {
  readonly verb: Verb
  /** As policy writes it: `pods`, `pods/log`, `*`. */
  readonly resource: string
}

interface ToolFace<S extends z.ZodObject> {
  /** `noun_verb`. */
  readonly name: string
  readonly title: string
  /** Constant, ours: no cluster text (THREATS.md L1-1, L1-5). */
  readonly description: string
  /** Strict: what `tools/list` shows is exactly what `tools/call` takes. */
  readonly input: S
  readonly output?: z.ZodObject
  /** One of them suffices to show the tool; empty: everybody sees it. */
  readonly needs: readonly Need[]
}

export interface ReadTool<S extends z.ZodObject = z.ZodObject> extends ToolFace<S> {
  readonly kind: 'read'
  /** Its `cluster` may name several: the guard then runs it once for each, and `run` sees one as ever. Without `output`. */
  readonly several?: true
  run(input: z.infer<S>, views: Views): Promise<Answer>
}

/** Describes a change and can do nothing: it is handed the same views as a read. */
export interface ChangeTool<S extends z.ZodObject = z.ZodObject> extends ToolFace<S> {
  readonly kind: 'change'
  plan(input: z.infer<S>, views: Views): Promise<Change | Withdrawal>
}

export type Tool = ReadTool | ChangeTool

/** Keeps `run`'s input typed by the schema beside it, and erases it for the list. */
export const readTool = <S extends z.ZodObject>(tool: Omit<ReadTool<S>, 'kind'>): ReadTool =>
  ({ ...tool, kind: 'read' }) as unknown as ReadTool

/** A sentence or two for the approver. */
export const MAX_REASON = 500
const reason = z.string().max(MAX_REASON).optional().describe('for the approver')

/** The same for a change; every one of them takes `reason`. */
export const changeTool = <S extends z.ZodObject>(tool: Omit<ChangeTool<S>, 'kind'>): ChangeTool =>
  ({ ...tool, kind: 'change', input: tool.input.extend({ reason }) }) as unknown as ChangeTool
