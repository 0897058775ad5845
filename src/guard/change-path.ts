/**
 * The change path put together: planner, what becomes of a plan, the job that carries it out, and who is told. The one
 * place that hands a writer to anybody.
 */
import type { Config } from '../config.ts'
import { BulkheadError } from '../errors.ts'
import type { Job, JobResult } from '../jobs.ts'
import type { Meter } from '../meter.ts'
import type { PlanSummary } from '../plan.ts'
import type { Ports } from '../ports.ts'
import type { Span } from '../trace.ts'
import { createApplier } from './applier.ts'
import { createBox } from './box.ts'
import { type Changes, createChanges } from './changes.ts'
import type { Clusters } from './clusters.ts'
import { createDesk, type Desk } from './desk.ts'
import type { DerivedKeys } from './keys.ts'
import { createTeller, type Teller } from './notify.ts'
import type { Output } from './output/index.ts'
import { clusterOfPlan, createPlanSealer } from './plan-body.ts'
import { createPlanner, type Planner } from './planner.ts'
import type { Policy } from './policy.ts'
import { createWatching, type Watching } from './watching.ts'

export interface ChangePathParts {
  readonly ports: Ports
  readonly config: Config
  readonly policy: Policy
  readonly clusters: Clusters
  readonly output: Output
  readonly keys: DerivedKeys
  readonly meter: Meter
}

export interface ChangePath {
  readonly changes: Changes
  readonly desk: Desk
  readonly watching: Watching
  readonly teller: Teller
  /** `within`: the job's own step, where it is traced. */
  runJob(job: ChangeJob, attempt: number, signal: AbortSignal, within?: Span): Promise<JobResult>
}

/** What this path has to do with: all but looking. */
export type ChangeJob = Exclude<Job, { kind: 'diagnose' }>

export const createChangePath = async ({
  ports,
  config,
  policy,
  clusters,
  output,
  keys,
  meter,
}: ChangePathParts): Promise<ChangePath> => {
  const [plans, states] = await Promise.all([createBox(keys.plans, ports.random), createBox(keys.states, ports.random)])
  const sealer = createPlanSealer(plans)
  const clusterOf = ({ id }: PlanSummary): string => clusterOfPlan(id) ?? 'unknown'
  const uncountedTeller = createTeller({ ports, config, output, meter })
  /** Whoever is to tell people of a plan has it counted, too. */
  const teller: Teller = {
    ...uncountedTeller,
    planDecided(row, body) {
      const { verdict = 'refused' } = row.decided ?? {}
      meter.count('bulkhead_plan_decisions_total', { cluster: clusterOf(row), verdict })
      uncountedTeller.planDecided(row, body)
    },
    planEnded(row, body) {
      meter.count('bulkhead_plans_ended_total', { cluster: clusterOf(row), state: row.state })
      uncountedTeller.planEnded(row, body)
    },
  }
  const watching = createWatching(ports, config, teller, meter)
  const clean = (text: string): string => String(output.line({ text }).text)
  const uncountedPlanner = createPlanner({ ports, config, policy, clusters, sealer, watching })
  const planner: Planner = {
    ...uncountedPlanner,
    async plan(request) {
      const planned = await uncountedPlanner.plan(request)
      const { decision } = planned.row
      if (!planned.existing) meter.count('bulkhead_plans_total', { cluster: request.change.cluster, decision })
      return planned
    },
  }
  const changes = createChanges({
    ports,
    config,
    policy,
    planner,
    sealer,
    states,
    waits: teller.planWaits,
    decided: teller.planDecided,
  })
  const applier = createApplier({
    ports,
    config,
    policy,
    clusters,
    sealer,
    watching,
    clean,
    operated: (cluster, outcome) => meter.count('bulkhead_operations_total', { cluster, outcome }),
    ended: teller.planEnded,
  })
  return {
    changes,
    teller,
    desk: createDesk({ ports, config, sealer, changes, teller, output }),
    watching,
    async runJob(job, attempt, signal, within) {
      if (job.kind === 'notify') return teller.deliver(job, attempt, signal)
      if (job.kind === 'freeze') return watching.spread(job)
      if (config.clusters[job.cluster] === undefined)
        throw new BulkheadError('unknown_cluster', `No cluster is named "${job.cluster}": its plans are left alone.`)
      return applier.carryOut(job.cluster, job.plan, signal, within)
    },
  }
}
