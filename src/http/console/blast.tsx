/** @jsxImportSource hono/jsx */
/** How far a change reaches, as a picture with the same in words: one mark a pod of each workload, now and after. */
import type { BlastRadius } from '../../plan.ts'
import { Meter } from './meter.tsx'
import { objectName } from './words.tsx'

/** More marks than this say no more than the number does. */
const MAX_MARKS = 60
const MARKS_A_LINE = 20
const CELL = 17

type Workload = BlastRadius['workloads'][number]

const Pods = ({ replicas, after }: Pick<Workload, 'replicas' | 'after'>) => {
  const all = Math.min(Math.max(replicas, after), MAX_MARKS)
  const lines = Math.max(1, Math.ceil(all / MARKS_A_LINE))
  const wide = Math.max(1, Math.min(all, MARKS_A_LINE)) * CELL
  const kindOf = (at: number) => (at >= replicas ? 'new' : at >= after ? 'gone' : 'keep')
  return (
    <svg
      class="pods"
      width={wide}
      height={lines * CELL}
      viewBox={`0 0 ${wide} ${lines * CELL}`}
      role="img"
      aria-label={`${replicas} replicas now, ${after} after the change`}
    >
      {Array.from({ length: all }, (_, at) => {
        const x = (at % MARKS_A_LINE) * CELL + 2
        const y = Math.floor(at / MARKS_A_LINE) * CELL + 2
        return <rect class={kindOf(at)} x={x} y={y} width="13" height="13" rx="3" />
      })}
    </svg>
  )
}

const WorkloadRow = ({ of }: { of: Workload }) => (
  <li class="tight">
    <div class="row spread">
      <span>{objectName(of)}</span>
      <span class="row">
        {of.last && <span class="badge bad">no replica left</span>}
        <strong>
          {of.replicas} → {of.after}
        </strong>
      </span>
    </div>
    <Pods {...of} />
  </li>
)

const percent = (fraction: number): string => {
  const hundredths = fraction * 100
  return hundredths > 0 && hundredths < 1 ? 'under 1 %' : `${Math.round(hundredths)} %`
}

export const Blast = ({ of }: { of: BlastRadius }) => {
  const dependents = Object.entries(of.dependents).filter(([, count]) => count > 0)
  const key = [
    ...(of.workloads.some((it) => it.after < it.replicas) ? ['Outlined: a pod that goes.'] : []),
    ...(of.workloads.some((it) => it.after > it.replicas) ? ['Green, after the others: a pod that comes.'] : []),
  ]
  return (
    <section class="card" aria-labelledby="blast">
      <h2 id="blast">How far it reaches</h2>
      <div class="figures">
        <div>
          <strong class="big">{of.pods}</strong>{' '}
          {of.pods === 1 ? 'pod ends, begins or restarts' : 'pods end, begin or restart'}
        </div>
        <div class="tight">
          <span>
            <strong class="big">{percent(of.namespaceFraction)}</strong> of the namespace’s pods
          </span>
          <Meter label={`${percent(of.namespaceFraction)} of the namespace’s pods`} fraction={of.namespaceFraction} />
        </div>
      </div>
      {of.workloads.length > 0 && (
        <ul class="list">
          {of.workloads.map((it) => (
            <WorkloadRow of={it} />
          ))}
        </ul>
      )}
      {key.length > 0 && <p class="soft small">{key.join(' ')}</p>}
      {of.services.map((it) => (
        <p>
          <span class="badge bad">no endpoint left</span> {objectName({ kind: 'Service', ...it })}
        </p>
      ))}
      {of.disruptionBudgets.map((it) => (
        <p>
          {it.touched > it.allowed && <span class="badge bad">over its budget</span>}{' '}
          {objectName({ kind: 'PodDisruptionBudget', ...it })} allows {it.allowed}; the change touches {it.touched}
        </p>
      ))}
      {dependents.length > 0 && (
        <p>
          Deleted with it: <strong>{dependents.map(([kind, count]) => `${count} ${kind}`).join(', ')}</strong>
        </p>
      )}
      {of.notLookedAt.length > 0 && (
        <div class="soft small">
          <p>Not looked at:</p>
          <ul>
            {of.notLookedAt.map((it) => (
              <li>– {it}</li>
            ))}
          </ul>
        </div>
      )}
    </section>
  )
}
