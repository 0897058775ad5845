/**
 * Side looks: what an answer says beside what it was asked for. Where policy, a rail or the cluster refuses one, or it
 * fails, the answer names it as not looked at and is otherwise whole. Policy is asked beforehand, without a record: an
 * agent that describes what it may see has not tried what it may not.
 */
import { type Access, ALL_NAMESPACES } from '../access.ts'
import type { Looks } from '../diagnose/looks.ts'
import { BulkheadError } from '../errors.ts'
import type { ClusterView, Views } from '../tool.ts'

export interface Glances extends Looks {
  /** `missed`, in a sentence. */
  notes(): readonly string[]
}

export const createGlances = (view: ClusterView, views: Views): Glances => {
  const missed = new Map<string, string>()
  return {
    async look({ what, verb, kind, apiVersion, namespace, name }, work) {
      try {
        const type = await view.resolve(kind, apiVersion)
        const access: Access = {
          cluster: view.name,
          verb,
          group: type.group,
          resource: type.resource,
          ...(type.namespaced ? { namespace: namespace ?? ALL_NAMESPACES } : {}),
          ...(name === undefined ? {} : { name }),
        }
        const { decision, by } = views.policy.explain(access)
        if (decision === 'allow')
          return await work(type, type.namespaced && namespace !== undefined ? { namespace } : {})
        missed.set(what, by === 'rail' ? 'rail_refused' : 'policy_denied')
      } catch (error) {
        if (!(error instanceof BulkheadError)) throw error
        missed.set(what, error.code)
      }
      return undefined
    },
    missed: () => [...missed].map(([what, why]) => ({ what, why })),
    notes: () =>
      missed.size === 0 ? [] : [`Not looked at: ${[...missed].map(([what, code]) => `${what} (${code})`).join(', ')}.`],
  }
}
