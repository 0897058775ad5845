/**
 * A cluster in memory behind the tools' own views: what the guard would hand out, without a guard. It pages as the API
 * server does, writes down every question, and refuses what the test's policy denies, before anything is read.
 */
import { type Access, ALL_NAMESPACES, resourceName, type Verdict } from '../../src/access.ts'
import type { Change, Withdrawal } from '../../src/change.ts'
import { BulkheadError } from '../../src/errors.ts'
import type {
  Answer,
  ClusterView,
  HelmRelease,
  Json,
  KubeObject,
  ListQuery,
  LogAnswer,
  RbacAnswer,
  ResourceType,
  SchemaAnswer,
  TablePage,
  Tool,
  Views,
} from '../../src/tool.ts'

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

const typeOf = (
  group: string,
  kind: string,
  resource: string,
  shortNames: readonly string[],
  namespaced = true,
  subresources: readonly string[] = [],
): ResourceType => ({
  group,
  version: 'v1',
  kind,
  resource,
  singular: kind.toLowerCase(),
  shortNames,
  categories: [],
  namespaced,
  verbs: ALL_VERBS,
  subresources,
})

export const TYPES: readonly ResourceType[] = [
  typeOf('', 'ConfigMap', 'configmaps', ['cm']),
  typeOf('', 'Event', 'events', ['ev']),
  typeOf('', 'Namespace', 'namespaces', ['ns'], false),
  typeOf('', 'Node', 'nodes', ['no'], false),
  typeOf('', 'Pod', 'pods', ['po'], true, ['log', 'exec']),
  typeOf('', 'Secret', 'secrets', []),
  typeOf('', 'Service', 'services', ['svc']),
  typeOf('apps', 'ControllerRevision', 'controllerrevisions', []),
  typeOf('apps', 'DaemonSet', 'daemonsets', ['ds']),
  typeOf('apps', 'Deployment', 'deployments', ['deploy'], true, ['scale']),
  typeOf('apps', 'ReplicaSet', 'replicasets', ['rs']),
  typeOf('apps', 'StatefulSet', 'statefulsets', ['sts']),
  typeOf('batch', 'CronJob', 'cronjobs', ['cj']),
  typeOf('batch', 'Job', 'jobs', []),
  typeOf('discovery.k8s.io', 'EndpointSlice', 'endpointslices', []),
  typeOf('shop.example.com', 'Coupon', 'coupons', ['cpn']),
  { ...typeOf('metrics.k8s.io', 'NodeMetrics', 'nodes', [], false), version: 'v1beta1', verbs: ['get', 'list'] },
  { ...typeOf('metrics.k8s.io', 'PodMetrics', 'pods', []), version: 'v1beta1', verbs: ['get', 'list'] },
  {
    ...typeOf('authorization.k8s.io', 'SubjectAccessReview', 'subjectaccessreviews', [], false),
    verbs: ['create'],
  },
]

export type Row = TablePage['rows'][number]
export interface FakeTable {
  /** A trailing `+` makes a column wide. */
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

/** A row whose name is its first cell. */
export const row = (namespace: string | undefined, ...cells: readonly Json[]): Row => ({
  ...(namespace === undefined ? {} : { namespace }),
  name: String(cells[0]),
  cells,
})

export interface FakeCluster {
  readonly name?: string
  readonly readOnly?: boolean
  readonly version?: string | BulkheadError | Promise<string>
  /** By plural. */
  readonly tables?: Readonly<Record<string, FakeTable>>
  /** Absent: all of `TYPES`. */
  readonly types?: readonly ResourceType[]
  /** By plural, or by plural and group where two groups share one: `pods.metrics.k8s.io`. */
  readonly objects?: Readonly<Record<string, readonly KubeObject[]>>
  readonly log?: LogAnswer | BulkheadError
  /** By container, before `log`. */
  readonly logs?: Readonly<Record<string, LogAnswer | BulkheadError>>
  /** What is answered whatever the type and path. */
  readonly schema?: SchemaAnswer
  readonly release?: HelmRelease
  readonly rbac?: RbacAnswer | BulkheadError
  /** The client's own page size. */
  readonly page?: number
}

export interface FakeOptions {
  readonly clusters?: readonly FakeCluster[]
  readonly decide?: (access: Access) => Verdict
  readonly namespacesFor?: (access: Access) => readonly string[]
  readonly maxBytes?: number
}

export interface Call {
  readonly method: string
  readonly cluster: string
  readonly question: unknown
}

export interface Fake {
  readonly views: Views
  /** Every question to a cluster, in order. */
  readonly calls: readonly Call[]
}

/** 2026-11-22T14:00:00Z */
export const NOW = Date.UTC(2026, 10, 22, 14)

const ALLOW: Verdict = { decision: 'allow', by: 'policy', rule: 'look', reason: 'Rule "look" allows it.' }

const orThrow = <T>(value: T | BulkheadError): T => {
  if (value instanceof BulkheadError) throw value
  return value
}

const notFound = () => new BulkheadError('not_found', 'There is no such object.')

export const createFake = (options: FakeOptions = {}): Fake => {
  const { clusters = [{}], decide = () => ALLOW, namespacesFor = () => [], maxBytes = 48_000 } = options
  const calls: Call[] = []

  const open = (fake: FakeCluster): ClusterView => {
    const { name = 'demo', page = 500 } = fake
    const note = (method: string, question: unknown) => calls.push({ method, cluster: name, question })
    const permit = (access: Omit<Access, 'cluster'>) => {
      const verdict = decide({ cluster: name, ...access })
      if (verdict.decision !== 'allow') throw new BulkheadError('policy_denied', verdict.reason)
    }
    const objectsOf = (type: ResourceType) => fake.objects?.[resourceName(type)] ?? fake.objects?.[type.resource] ?? []
    const pageOf = <T extends object>(all: readonly T[], query: ListQuery) => {
      const from = query.cursor === undefined ? 0 : Number(query.cursor.replace('from-', ''))
      const to = from + Math.min(query.limit ?? page, page)
      return {
        items: all.slice(from, to),
        ...(to < all.length ? { cursor: `from-${to}`, remaining: all.length - to } : {}),
      }
    }
    const list = (type: ResourceType, query: ListQuery) => {
      permit({
        verb: 'list',
        group: type.group,
        resource: type.resource,
        ...(type.namespaced ? { namespace: query.namespace ?? ALL_NAMESPACES } : {}),
      })
      const items = objectsOf(type)
      return pageOf(
        items.filter((it) => query.namespace === undefined || it.metadata?.namespace === query.namespace),
        query,
      )
    }
    return {
      name,
      async version() {
        note('version', undefined)
        return orThrow(await (fake.version ?? 'v1.36.3'))
      },
      types: async () => {
        note('types', undefined)
        return fake.types ?? TYPES
      },
      async resolve(kind, apiVersion) {
        note('resolve', { kind, apiVersion })
        const [word = ''] = kind.toLowerCase().split('.')
        const found = TYPES.find((it) => [it.resource, it.singular, ...it.shortNames].includes(word))
        if (found === undefined) throw new BulkheadError('unknown_kind', 'The cluster has no such resource type.')
        return found
      },
      async schema(type, path) {
        note('schema', { resource: type.resource, path })
        return orThrow(fake.schema ?? notFound())
      },
      async get(type, wanted, namespace) {
        note('get', { resource: type.resource, name: wanted, namespace })
        permit({
          verb: 'get',
          group: type.group,
          resource: type.resource,
          name: wanted,
          ...(namespace === undefined ? {} : { namespace }),
        })
        const found = objectsOf(type).find(
          ({ metadata }) => metadata?.name === wanted && metadata.namespace === namespace,
        )
        if (found === undefined) throw notFound()
        return found
      },
      async list(type, query) {
        note('list', { resource: type.resource, ...query })
        return list(type, query)
      },
      async metadata(type, query) {
        note('metadata', { resource: type.resource, ...query })
        return list(type, query)
      },
      async table(type, query) {
        note('table', { resource: type.resource, ...query })
        list(type, query)
        const table = fake.tables?.[type.resource] ?? { columns: ['Name'], rows: [] }
        const { items: rows, ...rest } = pageOf(
          table.rows.filter((it) => query.namespace === undefined || it.namespace === query.namespace),
          query,
        )
        return {
          columns: table.columns.map((column) => ({
            name: column.replace(/\+$/, ''),
            type: 'string',
            priority: column.endsWith('+') ? 1 : 0,
          })),
          rows,
          ...rest,
        }
      },
      async log(query) {
        note('log', query)
        permit({
          verb: 'get',
          group: '',
          resource: 'pods',
          subresource: 'log',
          namespace: query.namespace,
          name: query.name,
        })
        return orThrow(fake.logs?.[query.container ?? ''] ?? fake.log ?? { text: '', cut: false })
      },
      async helmRelease(store, query) {
        note('helmRelease', { resource: store.resource, ...query })
        permit({ verb: 'get', group: '', resource: store.resource, namespace: query.namespace, name: query.name })
        if (fake.release === undefined) throw notFound()
        return fake.release
      },
      async rbac(access) {
        note('rbac', access)
        return orThrow(fake.rbac ?? { allowed: true, reason: "The cluster allows it to Bulkhead's credential." })
      },
    }
  }

  const nameOf = (fake: FakeCluster): string => fake.name ?? 'demo'
  return {
    calls,
    views: {
      caller: {
        kind: 'agent',
        issuer: 'bulkhead',
        client: 'ci-agent',
        subject: 'ci-agent',
        owner: 'maria@example.com',
        groups: ['agents'],
      },
      now: NOW,
      elapsed: () => 0,
      limits: { maxBytes, logBytes: 100_000 },
      clusters: clusters.map((it) => ({ name: nameOf(it), readOnly: it.readOnly ?? false })),
      policy: { explain: decide, namespacesFor },
      plans: {
        list: async () => [],
        get: async () => Promise.reject(new BulkheadError('plan_unknown', 'There is no such plan.')),
      },
      cluster(name) {
        const found = clusters.find((it) => nameOf(it) === name) ?? (name === undefined ? clusters[0] : undefined)
        if (found === undefined) throw new BulkheadError('unknown_cluster', 'No cluster of that name is open.')
        return open(found)
      },
    },
  }
}

/** Runs a tool as guard/call does: the schema first. Throws `invalid_arguments` or what the tool throws. */
export const callTool = async (tool: Tool, args: unknown, views: Views): Promise<Answer> => {
  const input = inputFor(tool, args)
  if (tool.kind !== 'read') throw new Error(`${tool.name} does not read`)
  return tool.run(input, views)
}

/** The same for a tool that describes a change. */
export const planWith = async (tool: Tool, args: unknown, views: Views): Promise<Change | Withdrawal> => {
  const input = inputFor(tool, args)
  if (tool.kind !== 'change') throw new Error(`${tool.name} changes nothing`)
  return tool.plan(input, views)
}

const inputFor = (tool: Tool, args: unknown): Record<string, unknown> => {
  const parsed = tool.input.safeParse(args)
  if (!parsed.success) {
    throw new BulkheadError('invalid_arguments', parsed.error.issues.map(({ message }) => message).join('; '))
  }
  return parsed.data
}
