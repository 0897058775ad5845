/** One plan: everything that an approver needs to say yes or no, the server's own diff first. */
import type { DeskPlan } from '../../guard/desk.ts'
import type { BlastRadius, OperationView, PlanView } from '../../plan.ts'
import { Page, Problem, State, when } from './page.tsx'

const place = ({ kind, namespace, name }: { kind: string; namespace?: string | undefined; name: string }): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

/** Readable without colour: each line keeps its own sign. */
const Diff = ({ diff }: { readonly diff: string }) => (
  <section class="scroll" tabindex={0} aria-label="Diff">
    <pre>
      {diff.split('\n').map((line) => (
        <span
          class={
            line.startsWith('@@') || /^(---|\+\+\+) /.test(line)
              ? 'h'
              : line.startsWith('+')
                ? 'a'
                : line.startsWith('-')
                  ? 'd'
                  : ''
          }
        >
          {line === '' ? ' ' : line}
        </span>
      ))}
    </pre>
  </section>
)

const WIDTH = 460
const BAR = 18

/** Bars: of each workload what stays and what goes; of the namespace what is touched. */
const Picture = ({ radius }: { readonly radius: BlastRadius }) => {
  const rows = [
    ...radius.workloads.map((it) => ({
      label: `${place(it)}: ${it.replicas} → ${it.after}`,
      share: it.replicas === 0 ? 0 : Math.max(0, it.replicas - it.after) / it.replicas,
    })),
    ...(radius.namespaceFraction > 0
      ? [
          {
            label: `${Math.round(radius.namespaceFraction * 100)} % of the namespace's pods`,
            share: radius.namespaceFraction,
          },
        ]
      : []),
  ]
  if (rows.length === 0) return null
  const height = rows.length * 46
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${height}`}
      width={WIDTH}
      height={height}
      role="img"
      aria-label={rows.map((it) => it.label).join('; ')}
    >
      {rows.map(({ label, share }, index) => (
        <g transform={`translate(0 ${index * 46})`}>
          <text x="0" y="14">
            {label.length > 60 ? `${label.slice(0, 59)}…` : label}
          </text>
          <rect class="track" x="0" y="20" width={WIDTH} height={BAR} rx="4" />
          <rect
            class={share > 0 ? 'hit' : 'keep'}
            x="0"
            y="20"
            width={Math.max(share > 0 ? 4 : 0, Math.round(share * WIDTH))}
            height={BAR}
            rx="4"
          />
        </g>
      ))}
    </svg>
  )
}

const Radius = ({ radius }: { readonly radius: BlastRadius }) => (
  <section class="card">
    <h2>Blast radius</h2>
    <p>
      <strong>{radius.pods === 1 ? '1 pod' : `${radius.pods} pods`}</strong> end, begin or restart.
    </p>
    <Picture radius={radius} />
    <ul>
      {radius.workloads
        .filter((it) => it.last)
        .map((it) => (
          <li>
            <strong>{place(it)} keeps no replica.</strong>
          </li>
        ))}
      {radius.disruptionBudgets.map((it) => (
        <li>
          Disruption budget {it.namespace}/{it.name}: {it.touched} of its pods, {it.allowed} may go now.
        </li>
      ))}
      {Object.entries(radius.dependents).map(([kind, count]) => (
        <li>
          Deletes with it: {count} {kind}.
        </li>
      ))}
      {radius.services.map((it) => (
        <li>
          <strong>
            Service {it.namespace}/{it.name} is left without an endpoint.
          </strong>
        </li>
      ))}
      {radius.notLookedAt.map((it) => (
        <li class="soft">Not looked at: {it}.</li>
      ))}
    </ul>
  </section>
)

const operationTone = (state: OperationView['state']): string =>
  state === 'done' ? 'ok' : state === 'failed' || state === 'unknown' ? 'bad' : 'info'

const Operations = ({ operations }: { readonly operations: readonly OperationView[] }) => (
  <section class="card">
    <h2>Operations, in this order</h2>
    <section class="scroll" tabindex={0} aria-label="Operations">
      <table>
        <thead>
          <tr>
            <th>What</th>
            <th>Object</th>
            <th>State</th>
          </tr>
        </thead>
        <tbody>
          {operations.map((it) => (
            <tr>
              <td>
                {it.verb}
                {it.subresource === undefined ? '' : ` (${it.subresource})`}
              </td>
              <td>
                {place(it)} <span class="soft small">{it.apiVersion}</span>
              </td>
              <td>
                <span class={`tag ${operationTone(it.state)}`}>{it.state}</span> {it.code ?? ''}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  </section>
)

const Managed = ({ view }: { readonly view: PlanView }) => (
  <>
    {view.managedBy.map((it) => (
      <section class="card alert">
        <h2>Somebody else has this object in hand: {it.manager}</h2>
        <p>
          {it.owner} owns it. The change would be reverted, or would drift from its source
          {it.repository === undefined ? '' : `: ${it.repository}`}
          {it.path === undefined ? '' : ` (${it.path})`}.
        </p>
        {it.patch === undefined ? null : (
          <details>
            <summary>The same change for that source</summary>
            <pre>{it.patch}</pre>
          </details>
        )}
      </section>
    ))}
  </>
)

const List = ({
  title,
  items,
  soft,
}: {
  readonly title: string
  readonly items: readonly string[]
  readonly soft?: string
}) =>
  items.length === 0 ? null : (
    <section class="card">
      <h2>{title}</h2>
      {soft === undefined ? null : <p class="soft small">{soft}</p>}
      <ul>
        {items.map((it) => (
          <li>{it}</li>
        ))}
      </ul>
    </section>
  )

const Decide = ({ plan, csrf }: { readonly plan: DeskPlan; readonly csrf: string }) => {
  const { view, mayApprove, typeName, subject } = plan
  const path = `/console/plans/${view.planId}`
  if (view.state !== 'pending') return null
  return (
    <div class="two">
      <section class="card" aria-labelledby="approve">
        <h2 id="approve">Approve</h2>
        {mayApprove.ok ? (
          <form method="post" action={`${path}/approve`} class="stack">
            <input type="hidden" name="csrf" value={csrf} />
            {typeName ? (
              <label>
                Type the name of the {subject.kind}: {subject.name}
                <small>This deletes or evicts.</small>
                <input name="name" required autocomplete="off" autocapitalize="none" spellcheck={false} />
              </label>
            ) : null}
            {mayApprove.breakGlass ? (
              <label>
                Reason (break glass)
                <small>
                  Your own agent asked for this. Your reason is recorded and told to everybody who is told of plans.
                </small>
                <textarea name="reason" required maxlength={250} rows={2} />
              </label>
            ) : null}
            <button type="submit" class={typeName || mayApprove.breakGlass ? 'danger' : 'primary'}>
              Approve and carry out
            </button>
          </form>
        ) : (
          <p>You cannot approve this. {mayApprove.why}</p>
        )}
      </section>
      <section class="card" aria-labelledby="refuse">
        <h2 id="refuse">Refuse</h2>
        <form method="post" action={`${path}/refuse`} class="stack">
          <input type="hidden" name="csrf" value={csrf} />
          <label>
            Reason
            <small>It is recorded.</small>
            <textarea name="reason" required maxlength={250} rows={2} />
          </label>
          <button type="submit">Refuse</button>
        </form>
      </section>
    </div>
  )
}

const caller = ({ row }: DeskPlan): string => {
  const { client, subject, owner, issuer } = row.caller
  return [
    client,
    ...(subject === client ? [] : [subject]),
    ...(owner === undefined ? [] : [`owned by ${owner}`]),
    issuer,
  ].join(', ')
}

const verdictOf = ({ row: { decided } }: DeskPlan): string | undefined => {
  if (decided === undefined) return undefined
  const by = decided.by === 'policy' ? 'policy' : decided.by.subject
  return `${decided.breakGlass === true ? 'BREAK GLASS: ' : ''}${decided.verdict} by ${by}, ${when(decided.at)}${decided.reason === undefined ? '' : `: ${decided.reason}`}`
}

const UNDER_WAY = new Set(['approved', 'confirmed', 'applying'])
const REFRESH_SECONDS = 2

export const PlanPage = ({
  plan,
  operator,
  csrf,
  problem,
}: {
  readonly plan: DeskPlan
  readonly operator: string
  readonly csrf: string
  readonly problem?: { readonly code: string; readonly sentence: string }
}) => {
  const { view, cluster, subject, approvers } = plan
  const verdict = verdictOf(plan)
  return (
    <Page
      title={`Plan ${view.planId}`}
      operator={operator}
      csrf={csrf}
      at="/console"
      {...(UNDER_WAY.has(view.state) ? { refresh: REFRESH_SECONDS } : {})}
    >
      <h1>
        {plan.row.tool}: {place(subject)}
      </h1>
      <p class="row">
        <State state={view.state} />
        <span class="soft">
          cluster {cluster} · {view.planId}
        </span>
        {view.code === undefined ? null : <code>{view.code}</code>}
      </p>
      {problem === undefined ? null : <Problem {...problem} />}
      {view.reason === undefined ? null : (
        <section class="card words">
          <h2>The agent's words, not verified</h2>
          <p>{view.reason}</p>
        </section>
      )}
      {view.tainted ? (
        <section class="card words">
          <h2>The caller had read untrusted text</h2>
          <p>
            Since its last approved plan, this caller was given text from a cluster. Such text may hold instructions.
            Judge the change by the diff, not by the reason.
          </p>
        </section>
      ) : null}
      <Managed view={view} />
      <section class="card">
        <h2>What would change</h2>
        <p class="soft small">As the API server's dry run says. Secrets are masked; equal marks are equal values.</p>
        {view.diff === '' ? <p>No difference to show: see the operations.</p> : <Diff diff={view.diff} />}
        {view.diffCut ? (
          <p>
            <strong>The diff was cut. This plan cannot be approved.</strong>
          </p>
        ) : null}
      </section>
      <Radius radius={view.blastRadius} />
      <Operations operations={view.operations} />
      <List title="Warnings" items={view.warnings} />
      <List
        title="Pod Security: restricted"
        soft="The pods pass baseline. These are the points in which they fall short of restricted."
        items={view.podSecurity.map((it) => `${it.check}: ${it.field}`)}
      />
      <section class="card">
        <h2>Who and why</h2>
        <dl>
          <dt>Asked by</dt>
          <dd>{caller(plan)}</dd>
          <dt>Asked at</dt>
          <dd>{when(plan.row.created)}</dd>
          <dt>Policy rule</dt>
          <dd>
            {view.rule}: {view.decision}
          </dd>
          <dt>Rails</dt>
          <dd>Passed, all of them, on the admitted objects. They are asked again before each write.</dd>
          <dt>Approvers</dt>
          <dd>
            {approvers.length === 0
              ? 'any operator who may approve'
              : approvers.map((it) => it.join(' or ')).join(', and ')}
          </dd>
          <dt>{view.state === 'pending' ? 'Expires' : 'Would have expired'}</dt>
          <dd>{when(plan.row.expires)}</dd>
          {verdict === undefined ? null : (
            <>
              <dt>Decision</dt>
              <dd>{verdict}</dd>
            </>
          )}
        </dl>
      </section>
      <Decide plan={plan} csrf={csrf} />
    </Page>
  )
}
