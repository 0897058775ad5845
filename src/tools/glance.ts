/**
 * Side looks: what an answer says beside what it was asked for. Where policy, a rail or the cluster refuses one, or it
 * fails, the answer names it as not looked at and is otherwise whole. Policy is asked beforehand, without a record: an
 * agent that describes what it may see has not tried what it may not.
 */
import { type Access, ALL_NAMESPACES } from '../access.ts'
import { BulkheadError } from '../errors.ts'
import type { ClusterView, ResourceType, Views } from '../tool.ts'

export interface Look {
  /** Ours, never cluster text: it stands in a note. */
  readonly what: string
  readonly verb: 'get' | 'list'
  /** As `resolve` takes them: ours, or what an owner reference says. */
  readonly kind: string
  readonly apiVersion?: string
  /** Of a type that has none it is left out; absent on a list: all of them. */
  readonly namespace?: string | undefined
  readonly name?: string
}

/** What `ListQuery` takes. */
type Scope = { readonly namespace?: string }

export interface Glances {
  /** Undefined: it was not looked at, and `notes` will say so. */
  look<T>(look: Look, work: (type: ResourceType, scope: Scope) => Promise<T>): Promise<T | undefined>
  /** `why` is an error code. */
  missed(): readonly { readonly what: string; readonly why: string }[]
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
