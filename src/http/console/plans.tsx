/** @jsxImportSource hono/jsx */
/** The plans of every cluster, those that wait first of all. */
import type { DeskPlan, Unread } from '../../guard/desk.ts'
import { clusterOfPlan } from '../../guard/plan-body.ts'
import { PLAN_STATES, type PlanState, type PlanSummary } from '../../plan.ts'
import type { Millis } from '../../ports.ts'
import { Missing, page } from './layout.tsx'
import type { SignedIn } from './signed-in.ts'
import { objectName, partyName, StateBadge, stateWords, When } from './words.tsx'

export interface PlansProps {
  readonly plans: readonly PlanSummary[]
  /** By plan; what a plan would change is sealed, and read for those that wait only. */
  readonly subjects: ReadonlyMap<string, DeskPlan['subject']>
  readonly unread: readonly Unread[]
  readonly signedIn: SignedIn
  readonly now: Millis
  readonly state: PlanState | 'all'
  readonly cluster: string | undefined
  readonly clusters: readonly string[]
}

interface RowProps {
  readonly row: PlanSummary
  readonly subject: DeskPlan['subject'] | undefined
  readonly now: Millis
  /** All rows are in the same state. */
  readonly filtered: boolean
}

const Row = ({ row, subject, now, filtered }: RowProps) => (
  <li class="tight">
    <div class="row spread">
      <h2>
        <a href={`/console/plans/${encodeURIComponent(row.id)}`}>
          {subject === undefined ? row.tool : objectName(subject)}
        </a>
      </h2>
      {!filtered && <StateBadge state={row.state} />}
    </div>
    <p>
      <code>{row.tool}</code> on <strong>{clusterOfPlan(row.id)}</strong>
      {row.steps.length > 1 && `, ${row.steps.length} operations`}
    </p>
    <p class="soft small">
      {partyName(row.caller)}, <When at={row.created} now={now} />
      {row.state === 'pending' && (
        <>
          {' · expires '}
          <When at={row.expires} now={now} />
        </>
      )}
    </p>
  </li>
)

const Filter = ({ state, cluster, clusters }: Pick<PlansProps, 'state' | 'cluster' | 'clusters'>) => (
  <form class="filter" method="get" action="/console">
    <label>
      State
      <select name="state">
        {(['all', ...PLAN_STATES] as const).map((it) => (
          <option value={it} selected={it === state}>
            {it === 'all' ? 'all' : stateWords(it)}
          </option>
        ))}
      </select>
    </label>
    <label>
      Cluster
      <select name="cluster">
        <option value="">all</option>
        {clusters.map((it) => (
          <option value={it} selected={it === cluster}>
            {it}
          </option>
        ))}
      </select>
    </label>
    <button type="submit">Show</button>
  </form>
)

export const plansPage = (props: PlansProps): string => {
  const { plans, subjects, unread, state, now } = props
  const waiting = state === 'pending'
  return page({
    title: 'Plans',
    room: 'Plans',
    signedIn: props.signedIn,
    children: (
      <>
        <h1>{waiting ? 'Plans that wait for a decision' : 'Plans'}</h1>
        <Missing of={unread} />
        <Filter {...props} />
        <div class="card">
          {plans.length === 0 ? (
            <p class="soft">{waiting ? 'Nothing waits.' : 'No such plans.'}</p>
          ) : (
            <ul class="list">
              {plans.map((row) => (
                <Row row={row} subject={subjects.get(row.id)} now={now} filtered={state !== 'all'} />
              ))}
            </ul>
          )}
        </div>
      </>
    ),
  })
}
