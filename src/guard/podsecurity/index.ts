/**
 * Pod Security of a pod, or of what makes pods, by the standards as Kubernetes 1.36 has them
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/). Pure. The API server's own admission plugin says
 * the same of the same pod: test/cluster/podsecurity.test.ts asks both.
 */
import type { PodSecurityFinding } from '../../plan.ts'
import type { KubeObject } from '../../tool.ts'
import { HOST_CHECKS } from './host.ts'
import { KERNEL_CHECKS } from './kernel.ts'
import { RESTRICTED_CHECKS } from './restricted.ts'
import { templateOf } from './template.ts'
import { type Check, podOf } from './words.ts'

/** Baseline first. */
export const CHECKS: readonly Check[] = [...HOST_CHECKS, ...KERNEL_CHECKS, ...RESTRICTED_CHECKS]

/** Every finding of both levels, baseline first. `kind`: as discovery knows it; else what the object says of itself. */
export const podSecurity = (object: KubeObject, kind?: string): readonly PodSecurityFinding[] => {
  const template = templateOf(object, kind)
  if (template === undefined) return []
  const pod = podOf(template)
  return CHECKS.flatMap(({ id, level, find }) => find(pod).map((found) => ({ level, check: id, ...found })))
}
