/** The smallest things that policy tests speak of. */
import type { Access, Caller } from '../../../src/access.ts'
import type { ClusterConfig, PolicyRule } from '../../../src/config.ts'
import { compilePolicy, type Policy } from '../../../src/guard/policy.ts'

export const NOW = Date.UTC(2026, 10, 20, 12)

const cluster: ClusterConfig = {
  server: 'https://cluster.example.com:6443',
  credentials: { read: { token: { secret: 'READ_TOKEN' } }, change: { token: { secret: 'CHANGE_TOKEN' } } },
}

export const policyOf = (rules: readonly PolicyRule[], clusters: readonly string[] = ['prod']): Policy =>
  compilePolicy({ policy: [...rules], clusters: Object.fromEntries(clusters.map((name) => [name, cluster])) })

export const caller = (more: Partial<Caller> = {}): Caller => ({
  kind: 'agent',
  issuer: 'bulkhead',
  client: 'ci-agent',
  subject: 'ci-agent',
  groups: ['agents'],
  ...more,
})

/** A list of pods over all namespaces unless said otherwise. */
export const access = (more: Partial<Access> = {}): Access => ({
  cluster: 'prod',
  verb: 'list',
  group: '',
  resource: 'pods',
  namespace: '*',
  ...more,
})

/** Takes the namespace away: a cluster-scoped access. */
export const clusterScoped = (more: Partial<Access>): Access => {
  const { namespace: _, ...rest } = access(more)
  return rest
}
