/**
 * The real API server's authorizer learns of a new binding a moment after it is stored: what a situation grants is asked
 * for until it is allowed, so that no diagnosis is refused what its situation says it may read.
 */
import { waitFor } from '../../../scripts/control-plane/wait.ts'
import type { Send } from './api.ts'
import type { ObjectDocument } from './format.ts'

/** An informer's delay on a busy machine. */
const GRANT_DEADLINE_MS = 30_000

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

interface Binding {
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects: readonly { readonly kind: string; readonly namespace: string; readonly name: string }[]
}

const review = (binding: Binding, rule: Rule, verb: string, namespace: string | undefined): object => {
  const [subject] = binding.subjects
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${subject?.namespace}:${subject?.name}`,
      resourceAttributes: { verb, group: rule.apiGroups[0], resource: rule.resources[0], namespace },
    },
  }
}

/** Of every binding among the documents whose role is among them too: each verb of the role's first rule. */
export const awaitGrants = async (
  send: Send,
  documents: readonly ObjectDocument[],
  namespace: string,
): Promise<void> => {
  for (const document of documents.filter(({ kind }) => kind.endsWith('RoleBinding'))) {
    const binding = document as unknown as Binding
    const role = documents.find(
      ({ kind, metadata }) => kind === binding.roleRef.kind && metadata.name === binding.roleRef.name,
    ) as { readonly rules?: readonly Rule[] } | undefined
    const [rule] = role?.rules ?? []
    for (const verb of rule?.verbs ?? [])
      await waitFor(
        async () => {
          if (rule === undefined) return true
          const asked = review(binding, rule, verb, document.kind === 'RoleBinding' ? namespace : undefined)
          const { status, text } = await send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', asked)
          if (status !== 201) throw new Error(`review: ${status}: ${text.slice(0, 500)}`)
          return (JSON.parse(text) as { status: { allowed: boolean } }).status.allowed
        },
        { what: `${document.kind} ${document.metadata.name} to be heeded`, deadlineMs: GRANT_DEADLINE_MS },
      )
  }
}
