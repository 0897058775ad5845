/**
 * What a check is: a value that looks at a snapshot and says what is wrong in it. Deterministic and bounded by the
 * snapshot; it asks nobody. One file a family, one line in checks/index.ts.
 */
import type { Confidence, Evidence, Remedy, Severity, Subject } from '../report.ts'
import type { Snapshot } from './snapshot.ts'

/** A finding before its place among the others is known. */
export interface Draft {
  readonly severity: Severity
  readonly subject: Subject
  /** Others in the same state, which the summary counts. */
  readonly alike?: readonly Subject[]
  /** One sentence, ending in a full stop. */
  readonly summary: string
  readonly evidence: readonly Evidence[]
  readonly confidence: Confidence
  readonly remedies: readonly Remedy[]
  /** What it reaches beyond what the graph knows: a quota keeps this Deployment from making pods. */
  readonly affects?: readonly Subject[]
}

/** `any`: a mere consequence where anything is wrong with what the subject depends on. Else the checks that explain it. */
export type ExplainedBy = 'any' | readonly string[]

export interface Check {
  /** `pod-crash-loop`. */
  readonly id: string
  readonly explainedBy: ExplainedBy
  /** Told only where no other check says anything about the same object. */
  readonly fallback?: true
  run(snapshot: Snapshot): readonly Draft[]
}
