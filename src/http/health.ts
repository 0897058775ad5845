/**
 * `GET /healthz`: this process answers, and nothing more. `GET /readyz`: configuration, storage and a cluster at least are
 * good (200) or not (503): one of several that is down must not take the others with it. Strangers get the bare status, operators each check with its reason. A stranger can ask as
 * often as the shield lets them, so the checks run at most once in a few seconds, one round at a time.
 *
 * Order: both before `hostCheck` (a kubelet asks by the pod's address); `/readyz` after `authenticate` for operators
 * with `anonymous: true`, which refuses a key that is wrong rather than calling its owner a stranger.
 */
import type { Handler } from 'hono'
import type { AuditState } from '../checkpoints.ts'
import { createTurn, within } from '../deadline.ts'
import { asBulkheadError, BulkheadError, type ErrorCode } from '../errors.ts'
import type { Clock, Ledger, Millis } from '../ports.ts'
import type { HttpEnv } from './env.ts'

/** A probe every ten seconds sees every change; a flood costs a round in this time. */
export const READY_CACHE_MS = 5_000
/** One check; longer than a healthy API server's slowest `/version`. */
const CHECK_DEADLINE_MS = 4_000
/** A waiting request waits for one round, no longer. */
const ROUND_LEASE_MS = 5_000
/** Beyond this share of its room a ledger says so: enough is left to act in peace. */
export const ROOM_WARNING = 0.8

export interface Check {
  /** Ours, such as `ledger prod`. */
  readonly name: string
  /** Whose it is; absent: nothing can be served without it. */
  readonly cluster?: string
  /** Rejects when it is not good; may resolve with a warning. `signal` aborts at the deadline. */
  run(signal: AbortSignal): Promise<Pick<CheckResult, 'warning' | 'broken'> | undefined>
}

export interface CheckResult {
  readonly name: string
  readonly cluster?: string
  readonly ok: boolean
  readonly code?: ErrorCode
  readonly reason?: string
  readonly warning?: string
  /** The warning is of evidence that no longer holds: nothing is worse, and calls go on all the same. */
  readonly broken?: true
}

export const healthz: Handler<HttpEnv> = (c) => c.text('ok\n')

/** What is wrong beside the storage itself. A warning each: that agents are stopped by it is for an operator to decide. */
const auditWarnings = (name: string, { fault, exportTrouble, exported = 0, checkpoint }: AuditState): string[] => [
  ...(fault === undefined
    ? []
    : [
        `The ledger ${name} is BROKEN at record ${fault.seq} (${fault.reason}): nothing of it is signed any more. See docs/audit.md.`,
      ]),
  ...(exportTrouble === undefined
    ? []
    : [
        `audit.export takes nothing of the ledger ${name} since ${new Date(exportTrouble.since).toISOString()} (${exportTrouble.code}): ${(checkpoint?.size ?? 0) - exported} records wait.`,
      ]),
]

/** Storage is there; warns when a ledger's room is running out, when it is broken, and when it is not exported. */
export const ledgerCheck = (name: string, ledger: () => Ledger, cluster?: string): Check => ({
  name: `ledger ${name}`,
  ...(cluster === undefined ? {} : { cluster }),
  async run() {
    const { bytesUsed, bytesAvailable, audit } = await ledger().status()
    const share = bytesUsed / Math.max(1, bytesUsed + bytesAvailable)
    const warnings = auditWarnings(name, audit)
    if (share >= ROOM_WARNING)
      warnings.push(
        `The ledger ${name} uses ${Math.floor(share * 100)} % of its room: export it and see docs/storage.md.`,
      )
    if (warnings.length === 0) return undefined
    return { warning: warnings.join(' '), ...(audit.fault === undefined ? {} : { broken: true }) }
  },
})

export interface ReadyOptions {
  readonly checks: readonly Check[]
  readonly clock: Clock
  /** An error's words for an operator; may use its `detail`, through guard/output. */
  readonly reason: (error: BulkheadError) => string
}

/** All checks, at most once in a few seconds: what `/readyz` and the console show. */
export const createRounds = ({
  checks,
  clock,
  reason,
}: ReadyOptions): (() => Promise<readonly CheckResult[] | undefined>) => {
  const turn = createTurn(clock, ROUND_LEASE_MS)
  let last: { readonly results: readonly CheckResult[]; readonly at: Millis } | undefined
  const isFresh = () => last !== undefined && clock.now() - last.at < READY_CACHE_MS

  const runCheck = async (check: Check): Promise<CheckResult> => {
    const { name, cluster } = check
    const of = { name, ...(cluster === undefined ? {} : { cluster }) }
    const late = () => new BulkheadError('not_ready', `No answer within ${CHECK_DEADLINE_MS / 1000} s.`)
    try {
      const found = await within(CHECK_DEADLINE_MS, check.run(AbortSignal.timeout(CHECK_DEADLINE_MS)), late)
      return { ...of, ok: true, ...found }
    } catch (thrown) {
      const error = asBulkheadError(thrown)
      return { ...of, ok: false, code: error.code, reason: reason(error) }
    }
  }

  return async () => {
    if (!isFresh())
      await turn(async () => {
        last = { results: await Promise.all(checks.map(runCheck)), at: clock.now() }
      })
    return last?.results
  }
}

/** All that belongs to none is good, and all that belongs to one of the clusters. */
const isReady = (results: readonly CheckResult[]): boolean => {
  const bad = new Set(results.filter(({ ok }) => !ok).map(({ cluster }) => cluster))
  return (
    !bad.has(undefined) && (bad.size === 0 || results.some(({ cluster }) => !bad.has(cluster) && cluster !== undefined))
  )
}

export const readyz = (round: ReturnType<typeof createRounds>): Handler<HttpEnv> =>
  async function readyz(c) {
    const results = await round()
    // No round has ended yet: not known to be good is not ready.
    const ready = results !== undefined && isReady(results)
    const status = ready ? 200 : 503
    if (c.get('caller') === undefined) return c.text(ready ? 'ready\n' : 'not ready\n', status)
    return c.json({ ready, checks: results ?? [] }, status)
  }
