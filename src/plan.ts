/**
 * A plan as it is kept, decided and shown. Words only. How a plan is made and carried out is guard/plan's; what keeps one
 * durable is the `Plans` port.
 *
 *     pending ──confirm──▶ confirmed ─┐
 *        │ ───approve──▶ approved ────┴──consume──▶ applying ──▶ applied │ partly_applied │ unknown │ refused
 *        └──▶ refused │ expired │ stale              (before consume: stale │ refused │ expired)
 */
import type { RecordedCaller } from './ports.ts'
import type { Json } from './tool.ts'

export const PLAN_STATES = [
  'pending',
  'confirmed',
  'approved',
  'applying',
  'applied',
  'partly_applied',
  'unknown',
  'refused',
  'stale',
  'expired',
] as const
export type PlanState = (typeof PLAN_STATES)[number]

/** Nothing more happens to a plan in one of the others. */
export const OPEN_STATES: readonly PlanState[] = ['pending', 'confirmed', 'approved', 'applying']
export const isOpen = (state: PlanState): boolean => OPEN_STATES.includes(state)

/** What policy said; `deny` makes no plan. */
export type PlanDecision = 'allow' | 'confirm' | 'approve'

/** One operation's way. `intended`: its INTENT is durable and its OUTCOME is not. */
export type StepState = 'waiting' | 'intended' | 'done' | 'failed' | 'unknown'

export interface Step {
  readonly state: StepState
  /** What the object was when the INTENT was written; absent for a create. */
  readonly expected?: { readonly uid: string; readonly resourceVersion: string }
  /** Milliseconds since the Unix epoch, of the INTENT. */
  readonly at?: number
  /** Of a step that failed or whose outcome is not known: one of errors.ts. */
  readonly code?: string
}

/** Who decided, and how. `policy` decided where it allows at once. */
export interface PlanVerdict {
  readonly verdict: 'approved' | 'confirmed' | 'refused' | 'withdrawn'
  readonly by: RecordedCaller | 'policy'
  readonly at: number
  /** The operator's own words, cleaned and bounded. */
  readonly reason?: string
  readonly breakGlass?: boolean
}

/** A plan as storage knows it. What it would do is in `sealed`, which storage cannot read. */
export interface PlanRow {
  /** `CLUSTER-RANDOM`: the cluster is what stands before the last "-". */
  readonly id: string
  /** `callerKey` of who asked for it. */
  readonly owner: string
  readonly caller: RecordedCaller
  readonly tool: string
  readonly state: PlanState
  readonly decision: PlanDecision
  /** SHA-256, hex, of what it would do, whoever asks: the same call again finds the same plan. */
  readonly digest: string
  /** Milliseconds since the Unix epoch. */
  readonly created: number
  readonly expires: number
  /** base64url, at most `MAX_SEALED`. */
  readonly sealed: string
  /** One an operation. */
  readonly steps: readonly Step[]
  readonly decided?: PlanVerdict
  /** Why it ended as it did, where that is not plain from `state`: one of errors.ts. */
  readonly code?: string
  readonly ended?: number
}
/** Without what is sealed: for lists. */
export type PlanSummary = Omit<PlanRow, 'sealed'>

/** A plan of this size has a hundred objects in it. A row of a Durable Object holds 2 MB, an atomic of Deno KV 800 KB. */
export const MAX_SEALED = 400_000
/** Each costs two durable writes and two requests; who needs more makes several plans. */
export const MAX_OPERATIONS = 100

/** How large a change is, from live objects. Names are in it only where the one who looks may list them. */
export interface BlastRadius {
  /** Pods that end, begin or restart. */
  readonly pods: number
  /** Of all pods of the namespaces concerned; 0 to 1. */
  readonly namespaceFraction: number
  readonly workloads: readonly {
    readonly kind: string
    readonly namespace?: string
    readonly name: string
    /** Wanted now, and after the change. */
    readonly replicas: number
    readonly after: number
    /** No replica is left. */
    readonly last: boolean
  }[]
  readonly disruptionBudgets: readonly {
    readonly namespace: string
    readonly name: string
    readonly allowed: number
    /** Pods of the change that the budget covers. */
    readonly touched: number
  }[]
  /** What a cascade deletes, by kind. */
  readonly dependents: Readonly<Record<string, number>>
  /** Services that would be left without an endpoint. */
  readonly services: readonly { readonly namespace: string; readonly name: string }[]
  /** Something was not looked at: too much of it, or not permitted. Our own words. */
  readonly notLookedAt: readonly string[]
}

/** Who else has the object in hand: `argocd`, `flux` or `helm`. */
export interface ManagedBy {
  readonly manager: 'argocd' | 'flux' | 'helm'
  /** Application, Kustomization, HelmRelease or release: cluster text. */
  readonly owner: string
  /** Where the cluster tells. */
  readonly repository?: string
  readonly path?: string
  /** The same change as a patch for that source: YAML. */
  readonly patch?: string
}

/** Pod Security finding on the admitted object (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
export interface PodSecurityFinding {
  readonly level: 'baseline' | 'restricted'
  /** As the admission plugin names its checks: `hostNamespaces`, `privileged`, … */
  readonly check: string
  /** `spec.template.spec.containers[app].securityContext.privileged` */
  readonly field: string
  readonly value: Json
}

export interface OperationView {
  readonly verb: string
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  readonly subresource?: string
  readonly state: StepState
  readonly code?: string
}

/** `structuredContent` of a plan. Redacted; `operations`, `diff`, `warnings` and `managedBy` are cluster text. */
export interface PlanView {
  readonly planId: string
  readonly state: PlanState
  readonly decision: PlanDecision
  /** The policy rules that decided. */
  readonly rule: string
  readonly operations: readonly OperationView[]
  /** Unified, of normalised YAML; empty where the caller may not read the objects. */
  readonly diff: string
  /** Bytes were left out: such a plan cannot be approved. */
  readonly diffCut: boolean
  readonly blastRadius: BlastRadius
  /** The API server's own, and ours. */
  readonly warnings: readonly string[]
  readonly podSecurity: readonly PodSecurityFinding[]
  readonly managedBy: readonly ManagedBy[]
  /** The caller read untrusted text since its last approved plan. */
  readonly tainted: boolean
  /** RFC 3339. */
  readonly expiresAt: string
  readonly approveUrl: string
  /** The agent's own words. */
  readonly reason?: string
  readonly code?: string
}
