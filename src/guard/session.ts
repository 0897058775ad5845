/**
 * One call and its place in the ledger. It starts the one awaited round trip (`admit`) at the first access, lets the API
 * server's request run beside it where the last answer for this caller and cluster was good, and aborts that request
 * when the ledger refuses. Nothing may be returned before `settle` has resolved.
 */
import { type Access, type Caller, callerKey, type Verdict } from '../access.ts'
import { BulkheadError } from '../errors.ts'
import type { Admission, BucketSpec, FrozenBy, LedgerEntry, Ports, RecordedAccess } from '../ports.ts'
import { GATEWAY_LEDGER } from '../ports.ts'
import { asStep, type Span } from '../trace.ts'
import type { Confidence } from './confidence.ts'
import { recordedCaller } from './record.ts'
import { sightingsOf } from './sightings.ts'
import type { Watching } from './watching.ts'

const MINUTE_MS = 60_000

export interface SessionLimits {
  readonly callsPerMinute: number
  readonly bytesPerMinute: number
  /** Reserved at admission, refunded with the outcome. */
  readonly maxBytes: number
}

export interface CallFacts {
  readonly call: string
  readonly caller: Caller
  readonly tool: string
  /** SHA-256 of the canonical arguments, hex. */
  readonly argumentsDigest: string
  /** What it answers is cluster text: whoever gets it has read what nobody vouches for (THREATS.md L1-6). */
  readonly reads: boolean
  /** Masks what has a secret's shape: a caller may send one in the place of a name, and records are kept. */
  clean(text: string): string
  /** Whether the arguments hold this name. */
  readonly says: (name: string) => boolean
  /** The call's own, where it is traced. */
  readonly span?: Span | undefined
}

/** What left, for the outcome's record. */
export interface Delivered {
  readonly outcome: string
  readonly bytes: number
  readonly redactions: number
  readonly hidden: number
  readonly suspicious: number
  readonly digest: string
  readonly durationMs: number
}

export interface Session {
  readonly call: string
  readonly span: Span | undefined
  /** The cluster that the call is about, where it is about one. */
  readonly cluster: string | undefined
  /** Aborts when the ledger refuses. */
  readonly signal: AbortSignal
  /** Which cluster the call is about; without any access it decides whose ledger is written. */
  select(cluster: string): void
  /** An object was named, whatever becomes of it: it may be a decoy. What is noted was touched. */
  touch(access: Access): void
  /** Notes what was decided. A refused access is noted too, and then thrown by who asked. */
  note(access: Access, verdict: Verdict): void
  /** Resolves when the API server may be asked. Throws what the ledger answered. */
  enter(cluster: string): Promise<void>
  /** Resolves when the call's record is durable. Throws `rate_limited`, `budget_exhausted` or `ledger_unavailable`. */
  settle(): Promise<void>
  /** Records that the call was refused before it was admitted; resolves with the error to answer. */
  refuse(error: BulkheadError): Promise<BulkheadError>
  /** True once `settle` or `enter` has resolved. */
  readonly admitted: boolean
  /** Appends the outcome and refunds what was reserved and not used; in the background. */
  finish(delivered: Delivered): void
}

const recordedAccess = (
  { cluster: _, namespace, name, ...access }: Access,
  verdict: Verdict,
  clean: (text: string) => string,
): RecordedAccess => ({
  ...access,
  ...(namespace === undefined ? {} : { namespace: clean(namespace) }),
  ...(name === undefined ? {} : { name: clean(name) }),
  decision: verdict.decision,
  ...(verdict.rule === undefined ? {} : { rule: verdict.rule }),
})

const limitError = (bucket: string, retryAfterMs: number, limits: SessionLimits): BulkheadError => {
  const retryAfter = Math.max(1, Math.ceil(retryAfterMs / 1000))
  return bucket === 'bytes'
    ? new BulkheadError(
        'budget_exhausted',
        `This caller's budget of ${limits.bytesPerMinute} bytes a minute for this cluster is used up. Ask again in ${retryAfter} s, and for less.`,
        { retryAfter },
      )
    : new BulkheadError(
        'rate_limited',
        `This caller's ${limits.callsPerMinute} calls a minute for this cluster are used up. Ask again in ${retryAfter} s.`,
        { retryAfter },
      )
}

const FROZEN: Readonly<Record<FrozenBy, string>> = {
  everything: 'Everything is frozen',
  cluster: 'This cluster is frozen',
  caller: 'This caller is frozen',
}

const refusedError = (answer: Exclude<Admission, { admitted: true }>, limits: SessionLimits): BulkheadError =>
  'frozen' in answer
    ? new BulkheadError(
        'frozen',
        `${FROZEN[answer.frozen]} by an operator or a watch rule, so nothing is read or changed. An operator can turn the switch off on the console.`,
      )
    : limitError(answer.bucket, answer.retryAfterMs, limits)

export const createSession = (
  ports: Pick<Ports, 'clock' | 'ledgers' | 'background'>,
  limits: SessionLimits,
  confidence: Confidence,
  watching: Watching,
  facts: CallFacts,
): Session => {
  const owner = callerKey(facts.caller)
  const caller = recordedCaller(facts.caller)
  const accesses: RecordedAccess[] = []
  const sightings = sightingsOf(watching, caller, facts.clean, facts.says)
  const selected = new Set<string>()
  const refused = new AbortController()
  const reserve = limits.maxBytes
  let admission: Promise<void> | undefined
  let ledgerName: string = GATEWAY_LEDGER
  let recorded = 0
  let admitted = false

  const buckets: readonly BucketSpec[] = [
    { name: 'calls', capacity: limits.callsPerMinute, refill: limits.callsPerMinute / MINUTE_MS, take: 1 },
    { name: 'bytes', capacity: limits.bytesPerMinute, refill: limits.bytesPerMinute / MINUTE_MS, take: reserve },
  ]
  const refusal = (code: string): LedgerEntry => ({
    kind: 'refusal',
    call: facts.call,
    caller,
    tool: facts.tool,
    code,
    accesses: [...accesses],
  })
  const cluster = (): string | undefined => {
    const [only] = selected
    return selected.size === 1 ? only : undefined
  }
  const concerns = (): string => cluster() ?? GATEWAY_LEDGER
  const asAdmission = (ledger: string, work: () => Promise<Admission>): Promise<Admission> =>
    asStep(facts.span, 'ledger admit', { 'bulkhead.ledger': ledger }, work, ({ admitted }) => ({
      'bulkhead.admitted': admitted,
    }))

  const admit = async (name: string): Promise<void> => {
    ledgerName = name
    recorded = accesses.length
    const answer = await asAdmission(name, () =>
      ports.ledgers.ledger(name).admit({
        now: ports.clock.now(),
        bucketOwner: owner,
        buckets,
        reads: facts.reads,
        entry: {
          kind: 'call',
          call: facts.call,
          caller,
          tool: facts.tool,
          arguments: facts.argumentsDigest,
          accesses: [...accesses],
        },
        refused: refusal('rate_limited'),
        watch: sightings.take(),
      }),
    )
    watching.react(caller, answer.alerts)
    if (!answer.admitted) throw refusedError(answer, limits)
    admitted = true
  }

  const start = (name: string): Promise<void> => {
    admission ??= admit(name).then(
      () => confidence.add(owner, name),
      (error: unknown) => {
        confidence.drop(owner, name)
        refused.abort(error)
        throw error
      },
    )
    return admission
  }

  return {
    call: facts.call,
    span: facts.span,
    signal: refused.signal,
    get cluster() {
      return cluster()
    },
    get admitted() {
      return admitted
    },
    select(cluster) {
      selected.add(cluster)
    },
    touch: sightings.touch,
    note(access, verdict) {
      sightings.note(access, verdict)
      accesses.push(recordedAccess(access, verdict, facts.clean))
    },
    async enter(cluster) {
      const admission = start(cluster)
      if (confidence.has(owner, cluster)) {
        // Handled by `settle`; here it must not become an unhandled rejection while the request runs beside it.
        admission.catch(() => undefined)
        return
      }
      await admission
    },
    settle: () => start(concerns()),
    async refuse(error) {
      if (admission !== undefined) {
        // The ledger itself refused, and has recorded that already.
        return admission.then(
          () => error,
          (refusedBy: unknown) => (refusedBy instanceof BulkheadError ? refusedBy : error),
        )
      }
      try {
        const answer = await asAdmission(concerns(), () =>
          ports.ledgers.ledger(concerns()).admit({
            now: ports.clock.now(),
            bucketOwner: owner,
            buckets: buckets.slice(0, 1),
            entry: refusal(error.code),
            refused: refusal('rate_limited'),
            watch: sightings.take(error.code),
          }),
        )
        watching.react(caller, answer.alerts)
        return answer.admitted ? error : refusedError(answer, limits)
      } catch (unrecorded) {
        return unrecorded instanceof BulkheadError ? unrecorded : error
      }
    },
    finish(delivered) {
      const { outcome, bytes, redactions, hidden, suspicious, digest, durationMs } = delivered
      const append = async () => {
        const { alerts } = await ports.ledgers.ledger(ledgerName).append({
          now: ports.clock.now(),
          entry: {
            kind: 'outcome',
            call: facts.call,
            outcome,
            accesses: accesses.slice(recorded),
            bytes,
            redactions,
            hidden,
            ...(suspicious > 0 ? { suspicious } : {}),
            durationMs,
            digest,
          },
          refund: { bucketOwner: owner, bucket: 'bytes', tokens: Math.max(0, reserve - bytes) },
          watch: sightings.take(outcome),
        })
        watching.react(caller, alerts)
      }
      ports.background.run(append())
    },
  }
}
