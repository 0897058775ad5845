/**
 * A diagnosis as it is answered, kept, drawn and delivered. Words only: how one comes about is diagnose/. Every string in
 * it may hold cluster text, so it leaves through guard/output and inside the envelope.
 */
import * as z from 'zod'
import type { Json } from './tool.ts'

export const SEVERITIES = ['info', 'warning', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

export const CONFIDENCES = ['low', 'medium', 'high'] as const
export type Confidence = (typeof CONFIDENCES)[number]

/** What was asked about. `kind` comes with `name`. */
export interface Scope {
  readonly cluster: string
  /** Absent: the whole cluster, or an object that lives in no namespace. */
  readonly namespace?: string
  readonly kind?: string
  readonly name?: string
}

/** The object that a finding is about. */
export interface Subject {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

export interface Evidence {
  /** Where it stands: a path into the subject (`status.containerStatuses[app].state.waiting`), or `event`, `log`, `metric`. */
  readonly source: string
  readonly text: string
}

/** What could be done. A call is only ever a proposal: nothing in Bulkhead makes it. */
export interface Remedy {
  readonly text: string
  readonly call?: { readonly tool: string; readonly arguments: Readonly<Record<string, Json>> }
}

export interface Finding {
  /** `f1`, `f2`, …: within its report. */
  readonly id: string
  /** The check's id: `pod-crash-loop`. */
  readonly check: string
  readonly severity: Severity
  readonly subject: Subject
  /** One sentence. */
  readonly summary: string
  readonly evidence: readonly Evidence[]
  /** Ids of findings that explain this one; empty: a root cause. */
  readonly causedBy: readonly string[]
  readonly confidence: Confidence
  readonly remedies: readonly Remedy[]
}

/** Who changed what, and when, as far as the cluster tells. */
export interface TimelineEntry {
  /** RFC 3339. */
  readonly time: string
  readonly subject: Subject
  /** One clause: `revision 4: image shop/cart:1.9`. */
  readonly what: string
  /** Field manager, controller, caller or release; empty where the cluster does not tell. */
  readonly who: string
  /** `managedFields`, `rollout`, `event`, `helm`, `ledger`. */
  readonly source: string
}

export interface Report {
  readonly scope: Scope
  /** Nothing that belongs to the scope was hidden, failed or cut off. */
  readonly complete: boolean
  /** Ids, the worst first. */
  readonly rootCauses: readonly string[]
  /** Root causes first, the worst first; consequences after what causes them. */
  readonly findings: readonly Finding[]
  /** How many objects of each kind were looked at. */
  readonly examined: Readonly<Record<string, number>>
  readonly notExamined: readonly { readonly what: string; readonly why: string }[]
  /** What changed shortly before, newest first. */
  readonly changes: readonly TimelineEntry[]
  /** Requests to the API server. */
  readonly calls: number
  readonly durationMs: number
}

/**
 * `structuredContent` of `diagnose`, as far as `tools/list` publishes it: enough to follow causes by id. Spelling the rest
 * of `Report` out would cost every client some five hundred tokens.
 */
export const reportSchema = z.looseObject({
  complete: z.boolean(),
  rootCauses: z.array(z.string()),
  findings: z
    .array(
      z.looseObject({
        id: z.string(),
        check: z.string(),
        severity: z.enum(SEVERITIES),
        summary: z.string(),
        causedBy: z.array(z.string()),
      }),
    )
    .describe('untrusted text'),
})
