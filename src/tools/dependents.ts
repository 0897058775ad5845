/**
 * What depends on an object, one level or two down: the sets and pods of a workload, the endpoints and pods of a
 * Service, the pods of a node, the Jobs of a CronJob, and of a custom resource the workloads that it controls.
 */
import { ageOf } from '../kube/ages.ts'
import type { ClusterView, KubeObject, ListQuery, ResourceType, TablePage } from '../tool.ts'
import type { Glances } from './glance.ts'
import { renderEndpoints } from './render/endpoints.ts'
import { renderPage } from './render/table.ts'
import { isControlledBy, selectorOf } from './workload.ts'

/** Rows of one kind; for more there is resources_list. */
const MAX_ROWS = 30
/** Objects of a kind that are looked through for their owner: one page of metadata. */
const MAX_OWNED = 250
const MORE = 'and more: resources_list with the same selector'

/** Lines under a title. */
export interface Section {
  readonly title: string
  readonly lines: readonly string[]
}

export interface Parent {
  readonly type: ResourceType
  readonly name: string
  readonly namespace: string | undefined
}

/** `object`: absent while it is still on its way; `undefined` as an answer: not before it has come, or nothing to ask. */
interface Dependent {
  readonly title: string
  readonly kind: string
  readonly apiVersion: string
  readonly form: 'table' | 'owned' | 'endpoints'
  readonly query: (parent: Parent, object: KubeObject | undefined) => ListQuery | undefined
}

const bySelector: Dependent['query'] = (_, object) => {
  const labelSelector = object === undefined ? undefined : selectorOf(object)
  return labelSelector === undefined ? undefined : { labelSelector }
}
const ofNamespace: Dependent['query'] = (_, object) => (object === undefined ? undefined : {})

const PODS: Dependent = { title: 'pods', kind: 'Pod', apiVersion: 'v1', form: 'table', query: bySelector }
const REPLICA_SETS: Dependent = {
  title: 'replica sets',
  kind: 'ReplicaSet',
  apiVersion: 'apps/v1',
  form: 'table',
  query: bySelector,
}
const ENDPOINTS: Dependent = {
  title: 'endpoints',
  kind: 'EndpointSlice',
  apiVersion: 'discovery.k8s.io/v1',
  form: 'endpoints',
  query: ({ name }, object) =>
    object === undefined ? { labelSelector: `kubernetes.io/service-name=${name}` } : undefined,
}
const ON_NODE: Dependent = {
  ...PODS,
  query: ({ name }, object) => (object === undefined ? { fieldSelector: `spec.nodeName=${name}` } : undefined),
}
const owned = (title: string, kind: string, apiVersion: string): Dependent => ({
  title,
  kind,
  apiVersion,
  form: 'owned',
  query: ofNamespace,
})

const RULES: Readonly<Record<string, readonly Dependent[]>> = {
  'Deployment.apps': [REPLICA_SETS, PODS],
  'StatefulSet.apps': [PODS],
  'DaemonSet.apps': [PODS],
  'ReplicaSet.apps': [PODS],
  'Job.batch': [PODS],
  'CronJob.batch': [owned('jobs', 'Job', 'batch/v1')],
  'ReplicationController.': [PODS],
  'Service.': [ENDPOINTS, PODS],
  'Node.': [ON_NODE],
}
const CONTROLLED: readonly Dependent[] = [
  owned('deployments', 'Deployment', 'apps/v1'),
  owned('stateful sets', 'StatefulSet', 'apps/v1'),
  owned('jobs', 'Job', 'batch/v1'),
  owned('pods', 'Pod', 'v1'),
]
/** Groups of everybody else: a domain that is not Kubernetes' own. */
const isCustom = ({ group }: ResourceType): boolean => group.includes('.') && !group.endsWith('.k8s.io')

const rulesFor = (type: ResourceType): readonly Dependent[] =>
  RULES[`${type.kind}.${type.group}`] ?? (isCustom(type) ? CONTROLLED : [])

/** Sets that are scaled down to nothing are history, which rollout_history tells. */
const withoutEmptySets = (page: TablePage): { page: TablePage; empty: number } => {
  const [desired, current] = ['desired', 'current'].map((name) =>
    page.columns.findIndex((column) => column.name.toLowerCase() === name),
  )
  const rows = page.rows.filter((row) => row.cells[desired ?? -1] !== 0 || row.cells[current ?? -1] !== 0)
  return { page: { ...page, rows }, empty: page.rows.length - rows.length }
}

const tableLines = (table: TablePage, dependent: Dependent, namespace: string | undefined): readonly string[] => {
  const { page, empty } = dependent === REPLICA_SETS ? withoutEmptySets(table) : { page: table, empty: 0 }
  // The parent's namespace is said already.
  const rows = namespace === undefined ? page.rows : page.rows.map(({ namespace: _, ...row }) => row)
  return [
    ...(rows.length === 0 ? (empty === 0 ? ['none'] : []) : [renderPage({ ...page, rows }, 'table').text]),
    ...(empty === 0 ? [] : [`and ${empty} without pods`]),
    ...(table.cursor === undefined ? [] : [MORE]),
  ]
}

const ownedLines = (items: readonly KubeObject[], parent: KubeObject, now: number): readonly string[] =>
  items
    .filter((it) => isControlledBy(it, parent))
    .map(({ metadata }) => ({ name: metadata?.name ?? '', born: metadata?.creationTimestamp ?? '' }))
    .sort((a, b) => (a.born < b.born ? 1 : a.born > b.born ? -1 : 0))
    .slice(0, MAX_ROWS)
    .map(({ name, born }) => `${name}\t${ageOf(born, now)}`)

/** Those that can be asked for now: with `object` absent, what its name alone tells; later, what takes the object. */
export const lookAtDependents = (
  view: ClusterView,
  glances: Glances,
  parent: Parent,
  object: KubeObject | undefined,
  now: number,
): Promise<readonly (Section | undefined)[]> => {
  const ask = async (dependent: Dependent): Promise<Section | undefined> => {
    const { title, kind, apiVersion, form } = dependent
    const query = dependent.query(parent, object)
    if (query === undefined) return undefined
    const { namespace } = parent
    return glances.look({ what: title, verb: 'list', kind, apiVersion, namespace }, async (type, scope) => {
      if (form === 'table') {
        const page = await view.table(type, { ...scope, ...query, limit: MAX_ROWS })
        return { title, lines: tableLines(page, dependent, namespace) }
      }
      if (form === 'endpoints') {
        const { items } = await view.list(type, { ...scope, ...query })
        return { title, lines: renderEndpoints(items) }
      }
      const page = await view.metadata(type, { ...scope, ...query, limit: MAX_OWNED })
      const lines = object === undefined ? [] : ownedLines(page.items, object, now)
      const partly = page.cursor === undefined ? [] : [`only the first ${MAX_OWNED} of the namespace were looked at`]
      return { title, lines: [...lines, ...partly] }
    })
  }
  return Promise.all(rulesFor(parent.type).map(ask))
}
