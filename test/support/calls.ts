/** One good call of every read tool, for any cluster that has a namespace with a running pod in it. */
export interface Place {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** The Deployment that the pod belongs to. */
  readonly workload: string
  /** Whether metrics.k8s.io is served there. */
  readonly metrics: boolean
  /** What the caller is called; absent: `test-agent`. */
  readonly agent?: string
  /** A plan of this caller that waits; absent: nobody may make any, and nothing looks at them. */
  readonly plan?: string
}

export interface GoodCall {
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  /** What the answer's text must show. */
  readonly shows: RegExp
}

export const goodCalls = ({
  namespace,
  pod,
  container,
  workload,
  metrics,
  plan,
  agent = 'test-agent',
}: Place): readonly GoodCall[] => [
  { tool: 'clusters_list', args: {}, shows: /v1\.3[3-6]\./ },
  { tool: 'namespaces_list', args: {}, shows: new RegExp(`^${namespace}\\b`, 'm') },
  { tool: 'api_resources_list', args: { group: 'apps' }, shows: /deployments/ },
  { tool: 'resources_list', args: { kind: 'Pod', namespace }, shows: new RegExp(pod) },
  { tool: 'resources_get', args: { kind: 'Pod', name: pod, namespace }, shows: new RegExp(`name: ${pod}`) },
  {
    tool: 'resources_describe',
    args: { kind: 'Deployment', name: workload, namespace },
    shows: new RegExp(`^${pod}\\b`, 'm'),
  },
  {
    tool: 'resources_explain',
    args: { kind: 'Deployment', path: 'spec' },
    shows: /^template\*\tPodTemplateSpec\b/m,
  },
  { tool: 'pods_list', args: { namespace }, shows: new RegExp(pod) },
  { tool: 'pods_get', args: { name: pod, namespace }, shows: new RegExp(container) },
  { tool: 'pods_log', args: { name: pod, namespace, container, match: '[a-z]', context: 1 }, shows: /match(?:es)? in/ },
  { tool: 'events_list', args: { namespace }, shows: /./ },
  {
    tool: 'pods_top',
    args: { namespace, sortBy: 'memory' },
    shows: metrics ? new RegExp(`^${pod}\\b`, 'm') : /^No metrics: /,
  },
  { tool: 'nodes_top', args: {}, shows: metrics ? /^[-a-z0-9]+\t[0-9]+\t[0-9]+\t[0-9]+%\t[0-9]+%/m : /^No metrics: / },
  { tool: 'rollout_status', args: { kind: 'Deployment', name: workload, namespace }, shows: /^Rolled out: [1-9]/m },
  { tool: 'rollout_history', args: { kind: 'Deployment', name: workload, namespace }, shows: /revision 1\b/ },
  // The shipped role cannot see Secrets, and the answer says so.
  { tool: 'helm_list', args: { namespace }, shows: /Secrets were not looked at/ },
  { tool: 'helm_get', args: { namespace, name: 'web' }, shows: /Secrets were not looked at/ },
  { tool: 'changes_list', args: { namespace, since: '300d' }, shows: new RegExp(`\\tDeployment/${workload}\\t`) },
  { tool: 'diagnose', args: { namespace }, shows: /Examined: [1-9]/ },
  { tool: 'access_check', args: { verb: 'list', resource: 'pods', namespace }, shows: /allow/ },
  { tool: 'access_whoami', args: {}, shows: new RegExp(agent) },
  ...(plan === undefined
    ? []
    : [
        { tool: 'plans_list', args: {}, shows: new RegExp(`^${plan}\\b`, 'm') },
        { tool: 'plans_get', args: { id: plan }, shows: /waits for|pending/ },
      ]),
]
