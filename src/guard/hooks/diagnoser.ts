/**
 * The job behind a hook: looks where the alerts point to, keeps the report, tells people what is new. It looks by the very
 * door that agents use (guard/call.ts), as `hook:NAME`, so policy, rails, budgets, the ledger and guard/output stand in
 * its way as in theirs. What it does it may do twice: a process can be lost between any two steps.
 *
 * A job that is done waits for a while under its key before it goes. That is the claim: a delivery that is repeated
 * meanwhile finds it and begins nothing, one that is repeated later refreshes the report.
 */
import { callerKey } from '../../access.ts'
import { type Config, durationMs } from '../../config.ts'
import { backoffMs } from '../../deadline.ts'
import { BulkheadError, CODES, type ErrorCode } from '../../errors.ts'
import type { Job, JobResult } from '../../jobs.ts'
import { GATEWAY_LEDGER, type Millis, type Ports } from '../../ports.ts'
import { type Report, reportSchema, type Scope } from '../../report.ts'
import type { Delivery, Section, StoredReport, Target, Telling } from '../../reports.ts'
import type { Span } from '../../trace.ts'
import type { Guard, Reply } from '../call.ts'
import type { Teller } from '../notify.ts'
import type { Output } from '../output/index.ts'
import { digestOf, newsOf } from './causes.ts'
import { isDone, nextReport } from './keep.ts'
import { hookCaller } from './principal.ts'
import { reportNotice } from './telling.ts'

/** A repetition within it is the same delivery. Alertmanager's replicas send within seconds; a group repeats after five minutes at the soonest by default. */
export const CLAIM_MS: Millis = 4 * 60_000
/** A cluster that is down for longer is told of by its own alerts. */
export const GIVE_UP_AFTER_MS: Millis = 30 * 60_000
const AGAIN_MS: Millis = 15_000
const AGAIN_AT_MOST_MS: Millis = 10 * 60_000
/** Two deliveries of one group at once are common; more than this many are not, and the job is run again. */
const MAX_PUTS = 5
/** The tool that a hook calls: the only one. */
const TOOL = 'diagnose'

/** Names that an alert may get wrong, or that are gone since: then their namespace is looked at. */
const ELSEWHERE: readonly ErrorCode[] = ['not_found', 'unknown_kind', 'ambiguous_kind', 'invalid_arguments']
/** Not a state of the cluster but of our own budget: nobody is told, the job waits. */
const WAITS: readonly ErrorCode[] = ['rate_limited', 'budget_exhausted']

type Work = Extract<Job, { kind: 'diagnose' }>
type Hook = Config['hooks'][string]

export interface DiagnoserParts {
  readonly ports: Ports
  readonly config: Config
  readonly guard: Guard
  readonly output: Output
  readonly teller: Pick<Teller, 'report'>
}

const pause = (attempt: number): Millis => backoffMs(attempt - 1, AGAIN_MS, AGAIN_AT_MOST_MS)

const argumentsOf = ({ cluster, namespace, kind, name }: Scope): Readonly<Record<string, string>> => ({
  cluster,
  ...(namespace === undefined ? {} : { namespace }),
  ...(kind === undefined || name === undefined ? {} : { kind, name }),
})

export const createDiagnoser = ({ ports, config, guard, output, teller }: DiagnoserParts) => {
  const clean = (text: string): string => String(output.line({ text }).text)
  const cleanScope = (scope: Scope): Scope => ({
    ...scope,
    ...(scope.namespace === undefined ? {} : { namespace: clean(scope.namespace) }),
    ...(scope.name === undefined ? {} : { name: clean(scope.name) }),
  })

  const sectionOf = (scope: Scope, reply: Reply): Section => {
    const section = { scope: cleanScope(scope), at: ports.clock.now() }
    if (reply.ok === false) {
      // A reply's text is `code: sentence`, and names of the cluster's below it.
      const [sentence = ''] = reply.text.split('\n')
      const reason = sentence.startsWith(`${reply.code}: `) ? sentence.slice(reply.code.length + 2) : sentence
      return { ...section, code: reply.code, reason: reply.code === 'unknown_tool' ? NO_POLICY : reason }
    }
    const parsed = reply.ok === true ? reportSchema.safeParse(reply.structured) : undefined
    if (parsed?.success === true) return { ...section, report: parsed.data as unknown as Report }
    return { ...section, code: 'internal', reason: 'The diagnosis came back in a form that cannot be read.' }
  }

  const look = async (
    hook: string,
    of: Hook,
    { scope, code, reason }: Target,
    signal: AbortSignal,
    within: Span | undefined,
  ): Promise<Section> => {
    const options = { signal, came: { within } }
    if (code !== undefined)
      return { scope: cleanScope(scope), at: ports.clock.now(), code, ...(reason === undefined ? {} : { reason }) }
    const caller = hookCaller(hook, of)
    const reply = await guard.call(caller, TOOL, argumentsOf(scope), options)
    const around = scope.namespace
    if (reply.ok === false && ELSEWHERE.includes(reply.code) && scope.name !== undefined && around !== undefined) {
      const wider: Scope = { cluster: scope.cluster, namespace: around }
      return sectionOf(wider, await guard.call(caller, TOOL, argumentsOf(wider), options))
    }
    return sectionOf(scope, reply)
  }

  /** How long the hook has to wait for its budget; 0: it need not. */
  const waitFor = async (hook: string, of: Hook, delivery: Delivery): Promise<Millis> => {
    const entry = { kind: 'delivery', hook, report: delivery.report } as const
    const answer = await ports.ledgers.ledger(GATEWAY_LEDGER).admit({
      now: ports.clock.now(),
      bucketOwner: callerKey(hookCaller(hook, of)),
      buckets: [
        { name: 'diagnoses', capacity: of.diagnosesPerMinute, refill: of.diagnosesPerMinute / 60_000, take: 1 },
      ],
      entry: { ...entry, outcome: 'begun' },
      refused: { ...entry, outcome: 'rate_limited' },
    })
    // Frozen: the call says so, and with it the report.
    return answer.admitted || 'frozen' in answer ? 0 : Math.max(1_000, answer.retryAfterMs)
  }

  const tell = async ({ notify }: Hook, { notice, key, severity }: Telling): Promise<void> => {
    if (notify.length > 0) await teller.report(notice, key, notify, severity)
  }

  /** Tells what is still to be told, and notes that it was. */
  const settle = async (of: Hook, report: StoredReport): Promise<void> => {
    const { telling, ...rest } = report
    if (telling === undefined) return
    await tell(of, telling)
    // False: somebody else changed the report meanwhile, and has told the same under the same key.
    await ports.reports.put({ ...rest, revision: report.revision + 1 })
  }

  /** Keeps what was found out with what is to be told of it, then tells: who is lost in between leaves it to the next. */
  const keep = async (
    { hook, delivery }: Work,
    of: Hook,
    sections: readonly Section[] | undefined,
    done: boolean,
  ): Promise<void> => {
    for (let puts = 0; puts < MAX_PUTS; puts += 1) {
      const before = await ports.reports.get(delivery.report)
      if (before?.telling !== undefined) await tell(of, before.telling)
      const now = ports.clock.now()
      const keepMs = durationMs(config.reports.keep)
      const report = nextReport(before, { hook, delivery, sections, done, now, keepMs })
      const [{ causes, code } = { causes: [], code: undefined }] = report.history
      const news = newsOf(report.told, report.status, causes, code)
      const told = { count: (report.told?.count ?? 0) + 1, status: report.status, causes: digestOf(causes) }
      const telling = () => ({
        key: `${report.id} ${told.count} ${told.status} ${told.causes}`,
        severity: report.severity,
        notice: reportNotice(report, news ?? 'changed', config.publicUrl),
      })
      const next: StoredReport = news === undefined ? report : { ...report, told, telling: telling() }
      if (await ports.reports.put(next)) return settle(of, next)
    }
    throw new BulkheadError('conflict', 'The report was changed by others again and again. It is tried once more.')
  }

  return {
    async run(work: Work, attempt: number, signal: AbortSignal, within?: Span): Promise<JobResult> {
      const { hook, delivery } = work
      const of = Object.hasOwn(config.hooks, hook) ? config.hooks[hook] : undefined
      // No longer configured: nobody's.
      if (of === undefined) return { done: true }
      const claimed: JobResult = { done: false, afterMs: CLAIM_MS }
      const kept = await ports.reports.get(delivery.report)
      if (kept !== undefined && isDone(kept, delivery)) {
        await settle(of, kept)
        const over = ports.clock.now() - delivery.at >= CLAIM_MS
        return over ? { done: true } : claimed
      }
      if (delivery.status === 'resolved') {
        await keep(work, of, undefined, true)
        return claimed
      }
      const wait = await waitFor(hook, of, delivery)
      if (wait > 0) return { done: false, afterMs: wait }
      const sections = await Promise.all(delivery.targets.map((target) => look(hook, of, target, signal, within)))
      const failed = sections.find(({ code }) => code !== undefined && CODES[code].retryable)?.code
      const last = ports.clock.now() + pause(attempt) - delivery.at > GIVE_UP_AFTER_MS
      if (failed !== undefined && WAITS.includes(failed) && !last)
        return { done: false, afterMs: pause(attempt), code: failed }
      await keep(work, of, sections, failed === undefined || last)
      return failed === undefined || last ? claimed : { done: false, afterMs: pause(attempt), code: failed }
    },
  }
}

const NO_POLICY =
  'No policy rule lets this hook look at anything: name it in the callers or groups of a rule that allows get and list.'
