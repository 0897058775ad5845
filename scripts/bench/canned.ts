/** The calls that are profiled, and what an API server answers to them: made once, sent as bytes. */
import { Cluster } from '../demo/cluster.ts'
import { seedCluster } from '../demo/seed/index.ts'
import { PODS } from './target.ts'

export interface Canned {
  readonly name: string
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  /** Undefined: none of its business (discovery, the look at the credential). */
  readonly answer: (path: string) => Promise<Response> | undefined
}

const cluster = new Cluster()
seedCluster(cluster, { extraPods: PODS })
const pods = cluster.store.list('pods', 'load')

const COLUMNS = ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node', 'Nominated Node', 'Readiness Gates']
const columnDefinitions = COLUMNS.map((name, index) => ({
  name,
  type: name === 'Restarts' ? 'integer' : 'string',
  format: name === 'Name' ? 'name' : '',
  description: '',
  priority: index < 5 ? 0 : 1,
}))
const tableOf = (count: number): string =>
  JSON.stringify({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '1' },
    columnDefinitions,
    rows: pods.slice(0, count).map(({ metadata }, index) => ({
      cells: [metadata.name, '1/1', 'Running', index % 3, '3h', `10.0.1.${index}`, 'node-1', '<none>', '<none>'],
      object: null,
    })),
  })
const log = Array.from(
  { length: 100 },
  (_, at) => `level=info msg="request" path=/products/${at} duration=${at}ms\n`,
).join('')

const answering =
  (body: string, type = 'application/json'): Canned['answer'] =>
  (path) =>
    path.includes('/pods') ? Promise.resolve(new Response(body, { headers: { 'content-type': type } })) : undefined

export const calls: readonly Canned[] = [
  {
    name: 'one object',
    tool: 'resources_get',
    args: { kind: 'Pod', namespace: 'load', name: 'web' },
    answer: answering(JSON.stringify(pods[0])),
  },
  { name: 'list of 20', tool: 'pods_list', args: { namespace: 'load', limit: 20 }, answer: answering(tableOf(20)) },
  {
    name: `list of ${PODS}`,
    tool: 'pods_list',
    args: { namespace: 'load', limit: PODS },
    answer: answering(tableOf(PODS)),
  },
  {
    name: 'log tail of 100',
    tool: 'pods_log',
    args: { namespace: 'load', name: 'web', container: 'app', tail: 100 },
    answer: answering(log, 'text/plain'),
  },
]
