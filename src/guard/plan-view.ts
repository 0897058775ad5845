/**
 * A plan as it is shown. Operators see all of it. The caller sees of the objects what policy lets it read anyhow: a rule
 * that lets it change what it may not read must not become a way to read it.
 */
import type { Caller } from '../access.ts'
import type { PlanSummary, PlanView } from '../plan.ts'
import { apiVersionOf } from '../tool.ts'
import { forCaller } from './blast.ts'
import type { PlanBody } from './plan-body.ts'
import { planUrl } from './plan-words.ts'
import type { Policy } from './policy.ts'

/**
 * Characters of the diff in the structure that a caller gets: its text holds it, too, and both count against one answer.
 * The console has the whole.
 */
const MAX_CALLER_DIFF = 8_000
const WITHHELD = 'The diff and names of other objects are kept back: policy does not let this caller read them.'
const SHORTENED = `The diff is shortened to ${MAX_CALLER_DIFF} characters here; the approver sees all of it.`

export const viewOf = (row: PlanSummary, body: PlanBody, publicUrl: string): PlanView => {
  const { notes, untrusted: _, ...shown } = body.shown
  return {
    planId: row.id,
    state: row.state,
    decision: row.decision,
    operations: body.steps.map(({ operation, access }, index) => {
      const { state, code } = row.steps[index] ?? { state: 'waiting' as const }
      return {
        verb: operation.verb,
        apiVersion: apiVersionOf(operation.type),
        kind: operation.type.kind,
        ...(operation.namespace === undefined ? {} : { namespace: operation.namespace }),
        name: operation.name,
        ...(access.subresource === undefined ? {} : { subresource: access.subresource }),
        state,
        ...(code === undefined ? {} : { code }),
      }
    }),
    ...shown,
    warnings: [...shown.warnings, ...notes],
    expiresAt: new Date(row.expires).toISOString(),
    approveUrl: planUrl(publicUrl, row.id),
    ...(body.reason === undefined ? {} : { reason: body.reason }),
    ...(row.code === undefined ? {} : { code: row.code }),
  }
}

/** `caller`: who planned it, with the groups of today. */
export const callerViewOf = (
  row: PlanSummary,
  body: PlanBody,
  publicUrl: string,
  policy: Policy,
  caller: Caller,
  now: number,
): PlanView => {
  const view = viewOf(row, body, publicUrl)
  const mayRead = body.steps.every(({ access: { subresource: _, ...access } }) => {
    return policy.decide({ caller, access: { ...access, verb: 'get' }, now }).decision === 'allow'
  })
  const [first] = body.steps
  const mayList = (resource: string, namespace: string): boolean => {
    const [plural = '', ...group] = resource.split('.')
    const access = {
      cluster: first?.access.cluster ?? '',
      verb: 'list' as const,
      group: group.join('.'),
      resource: plural,
      namespace,
    }
    return policy.decide({ caller, access, now }).decision === 'allow'
  }
  const tooLong = view.diff.length > MAX_CALLER_DIFF
  return {
    ...view,
    diff: mayRead ? view.diff.slice(0, MAX_CALLER_DIFF) : '',
    blastRadius: forCaller(view.blastRadius, mayList),
    managedBy: mayRead ? view.managedBy : view.managedBy.map(({ patch: _, ...it }) => it),
    podSecurity: mayRead ? view.podSecurity : [],
    warnings: [...view.warnings, ...(mayRead ? (tooLong ? [SHORTENED] : []) : [WITHHELD])],
  }
}
