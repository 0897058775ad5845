/** What would decide one access: rails and policy without asking anybody, and the cluster's own RBAC. */
import * as z from 'zod'
import { type Access, ALL_NAMESPACES, DECISIONS, READ_VERBS } from '../access.ts'
import { asBulkheadError, BulkheadError } from '../errors.ts'
import { type ClusterView, type ResourceType, readTool } from '../tool.ts'
import { cluster, name, namespace, resource, verb } from './arguments.ts'

const outcome = z.strictObject({
  decision: z.enum(DECISIONS).describe('rails and policy'),
  by: z.enum(['policy', 'rail', 'default']),
  rule: z.string().optional(),
  reason: z.string(),
  rbac: z
    .strictObject({ allowed: z.boolean().optional(), reason: z.string() })
    .describe("the cluster on Bulkhead's read credential; allowed absent: it could not be asked"),
})
type Outcome = z.infer<typeof outcome>

const scopeOf = (type: ResourceType, given: string | undefined, name: string | undefined): string | undefined => {
  if (!type.namespaced) {
    if (given === undefined) return undefined
    throw new BulkheadError('invalid_arguments', 'This resource is not in any namespace: leave out namespace.')
  }
  if (given === undefined && name !== undefined) {
    throw new BulkheadError('invalid_arguments', 'This resource lives in namespaces: say the namespace of the name.')
  }
  return given ?? ALL_NAMESPACES
}

/** A cluster that cannot be asked leaves what policy says as true as before. */
const askRbac = async (view: ClusterView, { cluster: _, ...access }: Access): Promise<Outcome['rbac']> => {
  try {
    const { allowed, reason } = await view.rbac(access)
    return { allowed, reason }
  } catch (error) {
    const { code, message } = asBulkheadError(error)
    return { reason: `${code}: ${message}` }
  }
}

const isRead = (verb: string): boolean => READ_VERBS.some((read) => read === verb)

export const accessCheck = readTool({
  name: 'access_check',
  title: 'Check an access',
  description: "What rails, policy and the cluster's RBAC each say of an access, without trying it.",
  input: z.strictObject({ cluster, verb, resource, namespace, name: name.optional() }),
  output: outcome,
  needs: [],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    const [kind = '', subresource] = input.resource.split('/')
    const type = await view.resolve(kind)
    const scope = scopeOf(type, input.namespace, input.name)
    const access: Access = {
      cluster: view.name,
      verb: input.verb,
      group: type.group,
      resource: type.resource,
      ...(subresource === undefined ? {} : { subresource }),
      ...(scope === undefined ? {} : { namespace: scope }),
      ...(input.name === undefined ? {} : { name: input.name }),
    }
    const { decision, by, rule, reason } = views.policy.explain(access)
    const rbac = await askRbac(view, access)
    const structured: Outcome = { decision, by, ...(rule === undefined ? {} : { rule }), reason, rbac }
    return {
      structured,
      notes: [
        `Rails and policy: ${decision}. ${reason}`,
        `RBAC: ${rbac.allowed === undefined ? 'not known' : rbac.allowed ? 'yes' : 'no'}. ${rbac.reason}`,
        ...(isRead(input.verb) ? [] : ['RBAC was asked about the read credential; changes are made with another.']),
      ],
    }
  },
})
