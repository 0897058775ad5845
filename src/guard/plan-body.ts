/**
 * What a plan would do, sealed (THREATS.md L6-2): the operations themselves, the digests of the objects as they were and
 * as the API server would have them, the policy that judged them, and what an approver is shown. Storage holds it and
 * cannot read it; an edited row does not open.
 */
import type { Access, Caller } from '../access.ts'
import type { Change, Operation } from '../change.ts'
import { BulkheadError } from '../errors.ts'
import { MAX_SEALED, type PlanRow, type PlanView } from '../plan.ts'
import type { Box } from './box.ts'

/** The layout of the sealed text. A plan of another one is stale. */
const BODY_VERSION = 1

export interface PlannedStep {
  readonly operation: Operation
  /** What policy was asked. */
  readonly access: Access
  /** The rule that decided. */
  readonly rule: string
  /** Of the live object; absent for what does not exist yet. */
  readonly uid?: string
  /** SHA-256, hex, of the live object and of the admitted one, without what changes by itself. */
  readonly live?: string
  readonly admitted?: string
}

/** What an approver sees of it, already through guard/output. */
export type Shown = Pick<
  PlanView,
  'diff' | 'diffCut' | 'blastRadius' | 'warnings' | 'podSecurity' | 'managedBy' | 'tainted' | 'rule'
> & { readonly notes: readonly string[]; readonly untrusted?: string }

export interface PlanBody {
  readonly caller: Caller
  readonly reason?: string
  readonly subject: Change['subject']
  readonly steps: readonly PlannedStep[]
  /** `Policy.digest`. */
  readonly policy: string
  readonly raised: boolean
  /** An approver is in one of each of these lists of groups. */
  readonly approvers: readonly (readonly string[])[]
  readonly shown: Shown
}

export type Sealable = Pick<PlanRow, 'id' | 'owner' | 'tool' | 'decision' | 'digest' | 'created' | 'expires'>

const belongs = (row: Sealable): readonly string[] => [
  `plan/v${BODY_VERSION}`,
  row.id,
  row.owner,
  row.tool,
  row.decision,
  row.digest,
  String(row.created),
  String(row.expires),
]

export interface PlanSealer {
  /** Throws `plan_too_large`. */
  seal(body: PlanBody, row: Sealable): Promise<string>
  /** Throws `plan_stale`: the row was edited, or made under another master key or by another version. */
  open(row: PlanRow): Promise<PlanBody>
}

export const createPlanSealer = (box: Box): PlanSealer => ({
  async seal(body, row) {
    const sealed = await box.seal(JSON.stringify(body), belongs(row))
    if (sealed.length > MAX_SEALED)
      throw new BulkheadError(
        'plan_too_large',
        `The plan has ${sealed.length} characters, and at most ${MAX_SEALED} are kept. Make it several plans: fewer objects at a time.`,
      )
    return sealed
  },
  async open(row) {
    const text = await box.open(row.sealed, belongs(row))
    if (text === undefined)
      throw new BulkheadError(
        'plan_stale',
        'The plan cannot be opened: it was changed in storage, or made under another master key. Plan the change anew.',
      )
    return JSON.parse(text) as PlanBody
  },
})

/** `CLUSTER-RANDOM`. */
export const clusterOfPlan = (id: string): string | undefined => {
  const at = id.lastIndexOf('-')
  return at <= 0 || !/^[a-z2-7]{16}$/.test(id.slice(at + 1)) ? undefined : id.slice(0, at)
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
/** 80 bits, as base32 without what people confuse. `random`: strong random bytes. */
export const newPlanId = (cluster: string, random: (bytes: number) => Uint8Array): string =>
  `${cluster}-${Array.from(random(16), (byte) => ALPHABET[byte & 31]).join('')}`
