/** Who the caller is to Bulkhead, and what the rules let it do, in short. Never anything of its token. */
import * as z from 'zod'
import { type Access, ALL_NAMESPACES, DECISIONS, resourceName, type Verb } from '../access.ts'
import { oneLine } from '../kube/text.ts'
import { readTool, type Views } from '../tool.ts'
import { cluster } from './arguments.ts'

/** What agents want most; for anything else there is access_check. */
const PROBES: readonly (readonly [Verb, Pick<Access, 'group' | 'resource' | 'subresource'>, 'namespaced'?])[] = [
  ['list', { group: '', resource: 'pods' }, 'namespaced'],
  ['get', { group: '', resource: 'pods', subresource: 'log' }, 'namespaced'],
  ['list', { group: 'apps', resource: 'deployments' }, 'namespaced'],
  ['list', { group: '', resource: 'events' }, 'namespaced'],
  ['get', { group: '', resource: 'configmaps' }, 'namespaced'],
  ['get', { group: '', resource: 'secrets' }, 'namespaced'],
  ['list', { group: '', resource: 'nodes' }],
  ['patch', { group: 'apps', resource: 'deployments' }, 'namespaced'],
  ['delete', { group: '', resource: 'pods' }, 'namespaced'],
]
/** More clusters than this are a list of their own: clusters_list. */
const MAX_CLUSTERS = 20

const say = ([verb, resource]: (typeof PROBES)[number]): string => `${verb} ${resourceName(resource)}`

const linesFor = (views: Views, cluster: string, readOnly: boolean): readonly string[] => {
  const decided = PROBES.map((probe) => {
    const [verb, resource, namespaced] = probe
    const access: Access = { cluster, verb, ...resource, ...(namespaced ? { namespace: ALL_NAMESPACES } : {}) }
    const { decision } = views.policy.explain(access)
    const only = decision === 'deny' && namespaced ? views.policy.namespacesFor(access) : []
    return { words: say(probe), decision, only }
  })
  const everywhere = decided.filter((it) => it.only.length === 0)
  return [
    `cluster ${cluster}${readOnly ? ' (read-only)' : ''}`,
    ...DECISIONS.flatMap((decision) => {
      const words = everywhere.filter((it) => it.decision === decision).map((it) => it.words)
      return words.length === 0 ? [] : [`  ${decision}: ${words.join(', ')}`]
    }),
    ...decided
      .filter((it) => it.only.length > 0)
      .map((it) => `  ${it.words}: rules for namespaces ${it.only.join(', ')}`),
  ]
}

export const accessWhoami = readTool({
  name: 'access_whoami',
  title: 'Who am I',
  description: 'The caller as Bulkhead knows it, its clusters, and what policy says of common accesses.',
  input: z.strictObject({ cluster }),
  needs: [],
  async run(input, views) {
    const { caller } = views
    const only = input.cluster === undefined ? undefined : views.cluster(input.cluster).name
    const chosen = views.clusters.filter(({ name }) => only === undefined || name === only)
    const facts = [
      ['subject', caller.subject],
      ['client', caller.client],
      ['issuer', caller.issuer],
      ['owner', caller.owner],
      ['groups', caller.groups.join(', ') || 'none'],
      ['acting for it', caller.act?.join(', ')],
    ].flatMap(([what, value]) => (value === undefined ? [] : [oneLine(`${what}: ${value}`)]))
    return {
      // A token's claims are the issuer's text, not ours.
      untrusted: [
        ...facts,
        ...chosen.slice(0, MAX_CLUSTERS).flatMap((it) => linesFor(views, it.name, it.readOnly)),
      ].join('\n'),
      notes: [
        'Decisions over all namespaces, without a concrete object; access_check answers for any other access.',
        ...(chosen.length > MAX_CLUSTERS ? [`${MAX_CLUSTERS} of ${chosen.length} clusters shown.`] : []),
      ],
    }
  },
})
