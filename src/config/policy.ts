/** The rules. What a rule means is guard/policy's; here stands how it is written. */
import * as z from 'zod'
import { DECISIONS, VERBS } from '../access.ts'
import { duration, name, namePatterns, objectPatterns, resourcePatterns, words } from './values.ts'

const rule = z.strictObject({
  name: name.describe('Stands in refusals and in the ledger.'),
  groups: words.optional().describe("The caller is in one of these groups. Patterns with '*'."),
  callers: words.optional().describe("The caller's key, client or subject is one of these. Patterns with '*'."),
  clusters: namePatterns.optional().describe("One of these clusters. Patterns with '*'. Absent: all clusters."),
  namespaces: namePatterns
    .optional()
    .describe(
      "One of these namespaces. Patterns with '*'. Only '*' itself, or a rule without namespaces, covers a list over all of them.",
    ),
  names: objectPatterns.optional().describe("One of these objects. Patterns with '*'."),
  verbs: z
    .array(z.enum([...VERBS, '*']))
    .optional()
    .describe("Kubernetes' verbs."),
  resources: resourcePatterns
    .optional()
    .describe('pods, pods/log, deployments.apps, *.apps, or *. `pods` does not cover pods/log; `pods/*` does.'),
  when: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe('A CEL condition over caller, access, change, object and now. An error in it refuses.'),
  decision: z
    .enum(DECISIONS)
    .describe(
      '`allow` acts at once; `confirm` asks the person behind the client; `approve` takes an operator; `deny` refuses.',
    ),
  approvers: words.optional().describe('With `approve`: the operator is in one of these groups.'),
  expiresIn: duration.optional().describe('With `approve`: how long a plan waits.'),
  tainted: z
    .literal('approve')
    .optional()
    .describe('Lifts the rule to `approve` when the caller has read untrusted text since its last approved plan.'),
})

/** What one Worker's bundle and one page can hold. */
const MAX_RULES = 1000

export const policy = z
  .array(rule)
  .max(MAX_RULES)
  .default([])
  .describe('Ordered: the first rule that matches decides; no match refuses. All fields of a rule must match.')
