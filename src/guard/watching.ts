/**
 * The watch rules around the ledger: what a request says of its caller, and what is done about a rule that fired. The rule
 * itself is decided in the ledger's own transaction, which also raises or freezes the caller there; from here the freeze is
 * carried to the other ledgers, by a durable job, and people are told (THREATS.md L5-5).
 */
import { type Access, ALL_NAMESPACES, callerKey, resourceName } from '../access.ts'
import { type Config, durationMs } from '../config.ts'
import { asBulkheadError } from '../errors.ts'
import type { Job, JobResult } from '../jobs.ts'
import type { Meter } from '../meter.ts'
import { GATEWAY_LEDGER, type Millis, type Ports, type RecordedCaller } from '../ports.ts'
import { type Alert, RAISING_RULES, type Sighting, type WatchLimits } from '../watch.ts'
import { isHook } from './hooks/principal.ts'
import { ruleName } from './ledger-core.ts'
import type { Teller } from './notify.ts'

/** A ledger that does not answer is asked again that soon: until then the caller goes on there. */
const FREEZE_AGAIN_MS: Millis = 2_000
/** How a decoy writes that there is no namespace. */
const NO_NAMESPACE = '-'

type FreezeJob = Extract<Job, { kind: 'freeze' }>

export interface Watching {
  sighting(caller: RecordedCaller, seen: Omit<Sighting, 'caller' | 'limits'>): Sighting
  /** The decoy that the access names, as the configuration writes it. */
  decoy(access: Access): string | undefined
  /** Told of what fired in a ledger's transaction. */
  react(caller: RecordedCaller, alerts: readonly Alert[] | undefined): void
  /** Turns the caller's switch on wherever it is not. */
  spread(job: FreezeJob): Promise<JobResult>
}

const limitsOf = ({ watch }: Config): WatchLimits => ({
  denialsPerMinute: watch.denialsPerMinute,
  notFoundPerMinute: watch.notFoundPerMinute,
  identicalPlansPerHour: watch.identicalPlansPerHour,
  firstSeenAfterMs: durationMs(watch.firstSeenAfter),
  budgetPercent: watch.budgetPercent,
  raiseForMs: durationMs(watch.raiseFor),
  freeze: typeof watch.freeze === 'boolean' ? (watch.freeze ? RAISING_RULES : []) : watch.freeze,
})

/** By resource alone, or by resource and group: an operator who forgot the group meant the object all the same. */
const isDecoy = (decoy: string, { group, resource, namespace, name }: Access): boolean => {
  const [type, place, ...rest] = decoy.split('/')
  if (name === undefined || rest.join('/') !== name) return false
  if (type !== resource && type !== resourceName({ group, resource })) return false
  return namespace === ALL_NAMESPACES || place === (namespace ?? NO_NAMESPACE)
}

export const createWatching = (
  ports: Pick<Ports, 'background' | 'clock' | 'jobs' | 'log' | 'plans'>,
  config: Config,
  teller: Pick<Teller, 'frozen'>,
  meter: Meter,
): Watching => {
  const limits = limitsOf(config)
  const ledgers = [GATEWAY_LEDGER, ...Object.keys(config.clusters)]
  // What a hook looks at stands in alerts: who can word one could have the hook frozen, and nobody would hear of the rest.
  const unfrozen: WatchLimits = { ...limits, freeze: [] }
  return {
    sighting: (caller, seen) => ({ caller, limits: isHook(caller) ? unfrozen : limits, ...seen }),
    decoy: (access) => config.watch.decoys.find((it) => isDecoy(it, access)),
    react(caller, alerts = []) {
      for (const { rule, acted } of alerts) {
        ports.log({ event: 'watch', rule, acted })
        meter.count('bulkhead_watch_alerts_total', { rule, acted })
      }
      const freezing = alerts.find(({ acted }) => acted === 'frozen')
      if (freezing === undefined) return
      const [owner, by, reason] = [callerKey(caller), ruleName(freezing.rule), freezing.what]
      const job: FreezeJob = { kind: 'freeze', owner, by, reason, at: ports.clock.now() }
      ports.background.run(ports.jobs.enqueue(GATEWAY_LEDGER, `freeze ${owner} ${job.at}`, job))
      teller.frozen(`caller ${owner}`, true, by, reason)
    },
    async spread({ owner, by, reason, at }) {
      const scope = { kind: 'caller', owner } as const
      const answers = await Promise.all(
        ledgers.map(async (ledger) => {
          try {
            await ports.plans(ledger).setSwitch({
              now: ports.clock.now(),
              row: { scope, on: true, by, reason },
              unlessSince: at,
              entry: { kind: 'switch', scope: scope.kind, owner, on: true, by, reason },
            })
            return undefined
          } catch (error) {
            return asBulkheadError(error).code
          }
        }),
      )
      const code = answers.find((it) => it !== undefined)
      return code === undefined ? { done: true } : { done: false, afterMs: FREEZE_AGAIN_MS, code }
    },
  }
}
