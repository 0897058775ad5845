/**
 * The resources: URIs for what read tools answer, so that a client can attach them. The only list of them; each is read
 * through its tool, by the same guard and with the same record.
 */
import type { ResourceFace } from '../offer.ts'

/** How the core group and the namespace of what lives in none are written: no segment of a path is empty. */
const CORE = 'core'
export const NONE = '-'

export const resources: readonly ResourceFace[] = [
  {
    name: 'object',
    title: 'Kubernetes object',
    description:
      'One object as YAML, as resources_get answers it. "core" is the group without a name, "-" no namespace.',
    uri: 'k8s://{cluster}/{group}/{version}/{resource}/{namespace}/{name}',
    tool: 'resources_get',
    arguments: ({ cluster = '', group = '', version = '', resource = '', namespace = '', name = '' }) => ({
      cluster,
      kind: resource,
      apiVersion: group === CORE ? version : `${group}/${version}`,
      name,
      ...(namespace === NONE ? {} : { namespace }),
    }),
  },
  {
    name: 'plan',
    title: 'Plan',
    description: "One of this caller's plans and what became of it, as plans_get answers it.",
    uri: 'plan://{id}',
    tool: 'plans_get',
    arguments: ({ id = '' }) => ({ id }),
  },
  {
    name: 'effective-policy',
    title: 'Effective policy',
    description: 'Who this caller is, and what policy says of common accesses, as access_whoami answers it.',
    uri: 'policy://effective',
    tool: 'access_whoami',
    arguments: () => ({}),
  },
]
