/** @jsxImportSource hono/jsx */
/** The plans of every cluster, those that wait first of all. */
import type { DeskPlans, DeskRow } from '../../guard/desk.ts'
import { PLAN_STATES, type PlanState } from '../../plan.ts'
import type { Millis } from '../../ports.ts'
import { Note, page } from './layout.tsx'
import type { SignedIn } from './signed-in.ts'
import { objectName, partyName, StateBadge, stateWords, When } from './words.tsx'

export interface PlansProps extends DeskPlans {
  readonly signedIn: SignedIn
  readonly now: Millis
  readonly state: PlanState | 'all'
  readonly cluster: string | undefined
  readonly clusters: readonly string[]
}

const Row = ({ row, now, filtered }: { row: DeskRow; now: Millis; filtered: boolean }) => (
  <li class="tight">
    <div class="row spread">
      <h2>
        <a href={`/console/plans/${encodeURIComponent(row.id)}`}>{objectName(row.subject)}</a>
      </h2>
      {!filtered && <StateBadge state={row.state} />}
    </div>
    <p>
      <code>{row.tool}</code> on <strong>{row.cluster}</strong>
      {row.operations > 1 && `, ${row.operations} operations`}
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
  const { plans, unreadable, state, now } = props
  const waiting = state === 'pending'
  return page({
    title: 'Plans',
    room: 'Plans',
    signedIn: props.signedIn,
    children: (
      <>
        <h1>{waiting ? 'Plans that wait for a decision' : 'Plans'}</h1>
        {unreadable.length > 0 && (
          <Note kind="bad" head={`Not readable at the moment: ${unreadable.join(', ')}`}>
            <p>There may be plans there that are not shown here.</p>
          </Note>
        )}
        <Filter {...props} />
        <div class="card">
          {plans.length === 0 ? (
            <p class="soft">{waiting ? 'Nothing waits.' : 'No such plans.'}</p>
          ) : (
            <ul class="list">
              {plans.map((row) => (
                <Row row={row} now={now} filtered={state !== 'all'} />
              ))}
            </ul>
          )}
        </div>
      </>
    ),
  })
}
