/**
 * A plan for a model: what it would do, as the cluster's text; what it waits for and what to do next, in our own words.
 * Pure.
 */

import { count } from '../../kube/text.ts'
import type { BlastRadius, OperationView, PlanView } from '../../plan.ts'
import type { Answer } from '../../tool.ts'

const place = ({ kind, namespace, name }: { kind: string; namespace?: string; name: string }): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

const operationLine = (it: OperationView): string => {
  const what = `${it.verb} ${it.apiVersion} ${place(it)}${it.subresource === undefined ? '' : ` (${it.subresource})`}`
  const state = it.state === 'waiting' ? '' : `: ${it.state}${it.code === undefined ? '' : ` (${it.code})`}`
  return `${what}${state}`
}

const radiusLines = (radius: BlastRadius): readonly string[] => {
  const { pods, namespaceFraction, workloads, disruptionBudgets, dependents, services, notLookedAt } = radius
  const share = namespaceFraction > 0 ? ` (${Math.round(namespaceFraction * 100)} % of those there)` : ''
  return [
    ...(pods > 0 ? [`touches ${count(pods, 'pod')}${share}`] : []),
    ...workloads
      .filter((it) => it.replicas !== it.after)
      .map((it) => `${place(it)}: ${it.replicas} → ${it.after} replicas${it.last ? ', none is left' : ''}`),
    ...disruptionBudgets.map(
      (it) => `disruption budget ${it.namespace}/${it.name}: ${it.touched} pods of it, ${it.allowed} may go now`,
    ),
    ...Object.entries(dependents).map(([kind, number]) => `deletes with it: ${number} ${kind}`),
    ...services.map((it) => `Service ${it.namespace}/${it.name} is left without an endpoint`),
    ...notLookedAt.map((it) => `not looked at: ${it}`),
  ]
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((it) => `  ${it}`)]

const managedLine = ({ manager, owner, repository, path }: PlanView['managedBy'][number]): string =>
  `${manager} owns it (${owner})${repository === undefined ? '' : `, from ${repository}`}${path === undefined ? '' : ` ${path}`}: the change would be reverted or would drift`

const nextStep = (view: PlanView): readonly string[] => {
  const { state, decision, planId, approveUrl, expiresAt, code } = view
  const why = code === undefined ? '' : ` (${code})`
  switch (state) {
    case 'pending':
      return [
        decision === 'confirm'
          ? `Plan ${planId} waits: the person behind this client must confirm it, or an operator on the console.`
          : `Plan ${planId} waits for an operator's approval. You cannot give it. Tell the person: ${approveUrl}`,
        `It expires ${expiresAt}. plans_get with waitSeconds tells when it was decided.`,
      ]
    case 'confirmed':
    case 'approved':
      return [`Plan ${planId} is ${state} and about to be carried out. plans_get tells how it ends.`]
    case 'applying':
      return [`Plan ${planId} is being carried out. plans_get tells how it ends.`]
    case 'applied':
      return [`Plan ${planId} was applied: the cluster is as the diff says.`]
    case 'partly_applied':
      return [
        `Plan ${planId} was applied in part and stopped${why}: what is done stands below. Look at the objects before you plan what is left.`,
      ]
    case 'unknown':
      return [
        `What became of plan ${planId} is not known. Look at the objects, and do not repeat it before you know what happened.`,
      ]
    case 'refused':
      return [`Plan ${planId} was refused${why}; nothing was changed. Do not repeat it unless something has changed.`]
    case 'stale':
      return [
        `Plan ${planId} is stale: what it was made for has changed since${why}. Nothing was changed. Plan it anew.`,
      ]
    case 'expired':
      return [`Plan ${planId} expired before anybody decided. Nothing was changed. Plan it anew if it is still wanted.`]
  }
}

export const renderPlan = (view: PlanView): Pick<Answer, 'untrusted' | 'notes'> => {
  const ended = view.state !== 'pending' && view.state !== 'approved' && view.state !== 'confirmed'
  const text = [
    ...section('operations', view.operations.map(operationLine)),
    ...section('blast radius', radiusLines(view.blastRadius)),
    ...section('warnings', view.warnings),
    ...section(
      'pod security (restricted)',
      view.podSecurity.map((it) => `${it.check}: ${it.field}`),
    ),
    ...section('managed by', view.managedBy.map(managedLine)),
    // What has happened is told by the operations; the diff was shown before.
    ...(ended || view.diff === '' ? [] : [view.diff]),
  ].join('\n')
  return { untrusted: text, notes: nextStep(view) }
}
