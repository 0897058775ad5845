/**
 * The change path put together: planner, what becomes of a plan, the job that carries it out, and who is told. The one
 * place that hands a writer to anybody.
 */
import type { Config } from '../config.ts'
import { BulkheadError } from '../errors.ts'
import type { Job, JobResult } from '../jobs.ts'
import type { Meter } from '../meter.ts'
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
import { createPlanSealer } from './plan-body.ts'
import { createPlanner } from './planner.ts'
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

/** What this path has to do with: all but looking, and but the ledgers' own. */
export type ChangeJob = Exclude<Job, { kind: 'diagnose' | 'checkpoint' | 'export' }>

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
  const teller = createTeller({ ports, config, output, meter })
  const watching = createWatching(ports, config, teller, meter)
  const clean = (text: string): string => String(output.line({ text }).text)
  const planner = createPlanner({ ports, config, policy, clusters, sealer, watching, meter })
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
