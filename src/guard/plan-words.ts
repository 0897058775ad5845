/** What is said of plans to callers and operators: our own sentences, names quoted by kube/grammar, no cluster text. */
import type { Access } from '../access.ts'
import type { ErrorCode } from '../errors.ts'
import type { PlanState } from '../plan.ts'
import { consoleUrl } from './console-url.ts'
import { describeAccess } from './policy-words.ts'

/** A person reads this before they say yes; more than a handful is what the console is for. */
const MAX_LISTED = 5

/** `patch deployments.apps/scale "web" in namespace "shop" of cluster "prod"; …` */
export const describeSteps = (steps: readonly { readonly access: Access }[]): string => {
  const listed = steps.slice(0, MAX_LISTED).map(({ access }) => describeAccess(access))
  const more = steps.length - listed.length
  return [...listed, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

/** Why a plan that has ended cannot be decided or carried out any more, and what to do. */
export const ENDED: Readonly<Record<Exclude<PlanState, 'pending'>, readonly [ErrorCode, string]>> = {
  confirmed: ['plan_decided', 'The plan is confirmed already; it is being carried out.'],
  approved: ['plan_decided', 'The plan is approved already; it is being carried out.'],
  applying: ['plan_decided', 'The plan is being carried out.'],
  applied: ['plan_decided', 'The plan was carried out already.'],
  partly_applied: ['plan_decided', 'The plan was carried out in part. Look at the objects and plan what is left.'],
  unknown: [
    'plan_decided',
    'What became of the plan is not known. Look at the objects before anything is planned anew.',
  ],
  refused: ['plan_refused', 'The plan was refused. Do not repeat it unless something has changed.'],
  stale: ['plan_stale', 'What the plan was made for has changed since. Plan the change anew.'],
  expired: ['plan_expired', 'The plan waited too long and expired. Plan the change anew.'],
}

/** The console's page of a plan. */
export const planUrl = (publicUrl: string, id: string): string => consoleUrl(publicUrl, 'plans', id)
