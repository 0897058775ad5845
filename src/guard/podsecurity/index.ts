/**
 * Pod Security Standards (https://kubernetes.io/docs/concepts/security/pod-security-standards/, v1.36) on the pod that a
 * kind makes. A *baseline* finding is a rail; *restricted* ones are shown to the approver. Pure. Each check is a value,
 * named as the admission plugin names it (k8s.io/pod-security-admission/policy).
 */
import type { PodSecurityFinding } from '../../plan.ts'
import type { KubeObject } from '../../tool.ts'
import { podTemplateOf } from '../pod-templates.ts'
import { BASELINE } from './baseline.ts'
import { RESTRICTED } from './restricted.ts'

/** `resource`: `deployments.apps`, by discovery; without it the object's own kind counts. */
export const podSecurity = (object: KubeObject, resource?: string): readonly PodSecurityFinding[] => {
  const template = podTemplateOf(object, resource)
  if (template === undefined) return []
  const run = (level: PodSecurityFinding['level'], checks: typeof BASELINE) =>
    checks.flatMap(({ check, find }) => find(template).map((found) => ({ level, check, ...found })))
  return [...run('baseline', BASELINE), ...run('restricted', RESTRICTED)]
}
