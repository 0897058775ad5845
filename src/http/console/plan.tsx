/** @jsxImportSource hono/jsx */
/**
 * One plan: what the server says that would happen, apart from what the agent says about it, and the decision. An
 * approver reads from the top; the form stands after everything that it is about.
 */
import type { BulkheadError } from '../../errors.ts'
import type { DeskPlan } from '../../guard/desk.ts'
import { countSuspicious } from '../../guard/output/index.ts'
import { isOpen, type ManagedBy, type PlanVerdict } from '../../plan.ts'
import type { Millis } from '../../ports.ts'
import { Blast } from './blast.tsx'
import { Decide, type Typed } from './decide.tsx'
import { Diff } from './diff.tsx'
import { ErrorNote } from './error.tsx'
import { Note, page } from './layout.tsx'
import type { SignedIn } from './signed-in.ts'
import { objectName, partyName, StateBadge, StepBadge, utc, When } from './words.tsx'

export interface PlanProps {
  readonly signedIn: SignedIn
  readonly plan: DeskPlan
  readonly now: Millis
  /** Why the form that was just sent did nothing, and what was typed into it. */
  readonly error?: BulkheadError | undefined
  readonly typed?: Typed | undefined
  /** The page loads itself again. */
  readonly refreshing: boolean
}

const MANAGERS = { argocd: 'Argo CD', flux: 'Flux', helm: 'Helm' } as const

const Managed = ({ by }: { by: ManagedBy }) => (
  <Note kind="warn" head={`${MANAGERS[by.manager]} has this in hand: the change would be reverted, or would drift`}>
    <dl class="facts">
      <dt>Owner</dt>
      <dd>{by.owner}</dd>
      {by.repository !== undefined && (
        <>
          <dt>Source</dt>
          <dd class="mono">{by.repository}</dd>
        </>
      )}
      {by.path !== undefined && (
        <>
          <dt>Path</dt>
          <dd class="mono">{by.path}</dd>
        </>
      )}
    </dl>
    {by.patch !== undefined && (
      <details>
        <summary>The same change as a patch for that source</summary>
        <pre>{by.patch}</pre>
      </details>
    )}
  </Note>
)

const Warnings = ({ plan }: { plan: DeskPlan }) => {
  const { view } = plan
  // Shown to the person who decides, and told to nobody else.
  const passages = countSuspicious(`${view.reason ?? ''}\n${view.diff}`)
  return (
    <>
      {view.diffCut && (
        <Note kind="bad" head="The diff is not whole">
          <p>It was too long and had to be cut. Such a plan cannot be approved: ask for a smaller change.</p>
        </Note>
      )}
      {view.tainted && (
        <Note kind="warn" head="The agent has read untrusted text">
          <p>Since its last approved plan it read text from the cluster, which may have told it what to ask for.</p>
        </Note>
      )}
      {passages > 0 && (
        <Note kind="warn" head="Something here reads like instructions to a model">
          <p>
            {passages === 1 ? 'One passage' : `${passages} passages`} of the diff or of the agent's reason. Others will
            read what this plan writes, and who wrote the reason may have been told to.
          </p>
        </Note>
      )}
      {view.managedBy.map((by) => (
        <Managed by={by} />
      ))}
    </>
  )
}

const Operations = ({ plan: { view } }: { plan: DeskPlan }) => (
  <ol class="steps">
    {view.operations.map((it) => (
      <li class="row spread">
        <span>
          <strong>{it.verb}</strong> {objectName(it)}
          {it.subresource !== undefined && `/${it.subresource}`} <span class="soft small">{it.apiVersion}</span>
        </span>
        <span class="row">
          {it.code !== undefined && <code>{it.code}</code>}
          {!isWaiting(view.state) && <StepBadge state={it.state} />}
        </span>
      </li>
    ))}
  </ol>
)
const isWaiting = (state: string): boolean => state === 'pending' || state === 'confirmed' || state === 'approved'

const Guard = ({ plan }: { plan: DeskPlan }) => {
  const { view } = plan
  return (
    <section class="card" aria-labelledby="guard">
      <h2 id="guard">What the guard says</h2>
      <dl class="facts">
        <dt>Decision</dt>
        <dd>
          <strong>{view.decision}</strong>, by the rule <code>{view.rule}</code>
        </dd>
        <dt>Rails</dt>
        <dd>none refuses it</dd>
        <dt>Approvers</dt>
        <dd>{plan.approvers.map((groups) => groups.join(' or ')).join(', and ') || 'none named'}</dd>
      </dl>
      {view.podSecurity.length > 0 && (
        <div class="tight">
          <h3>Pod Security</h3>
          <ul class="steps">
            {view.podSecurity.map((it) => (
              <li class="tight">
                <span>
                  <span class={`badge ${it.level === 'baseline' ? 'bad' : 'warn'}`}>not {it.level}</span> {it.check}
                </span>
                <code>
                  {it.field} = {JSON.stringify(it.value)}
                </code>
              </li>
            ))}
          </ul>
        </div>
      )}
      {view.warnings.length > 0 && (
        <div class="tight">
          <h3>Warnings</h3>
          <ul class="steps">
            {view.warnings.map((it) => (
              <li>{it}</li>
            ))}
          </ul>
        </div>
      )}
    </section>
  )
}

const Verdict = ({ of, now }: { of: PlanVerdict; now: Millis }) => (
  <>
    <p>
      <strong>{of.verdict}</strong> by {of.by === 'policy' ? 'policy' : partyName(of.by)}, <When at={of.at} now={now} />
    </p>
    {of.breakGlass === true && (
      <p>
        <span class="badge bad">break-glass</span>
      </p>
    )}
    {of.reason !== undefined && <blockquote class="words">{of.reason}</blockquote>}
  </>
)

const Facts = ({ plan, now }: { plan: DeskPlan; now: Millis }) => (
  <dl class="facts">
    <dt>Asked by</dt>
    <dd>{partyName(plan.row.caller)}</dd>
    {plan.row.caller.owner !== undefined && (
      <>
        <dt>Answers for it</dt>
        <dd>{plan.row.caller.owner}</dd>
      </>
    )}
    <dt>Asked</dt>
    <dd>
      <When at={plan.row.created} now={now} />
    </dd>
    {isOpen(plan.view.state) && (
      <>
        <dt>Expires</dt>
        <dd>
          <When at={plan.row.expires} now={now} /> <span class="soft small">({utc(plan.row.expires)} UTC)</span>
        </dd>
      </>
    )}
    {plan.view.code !== undefined && (
      <>
        <dt>Code</dt>
        <dd>
          <code>{plan.view.code}</code>
        </dd>
      </>
    )}
  </dl>
)

const Progress = ({ id, refreshing }: { id: string; refreshing: boolean }) => (
  <p class="small soft" role="status">
    {refreshing ? (
      <>
        This page loads itself again every two seconds. <a href={`/console/plans/${id}?hold=1`}>Hold it still</a>
      </>
    ) : (
      <>
        This page is held still. <a href={`/console/plans/${id}`}>Look again</a>
      </>
    )}
  </p>
)

export const planPage = ({ signedIn, plan, now, error, typed, refreshing }: PlanProps): string => {
  const { view } = plan
  const id = encodeURIComponent(view.planId)
  return page({
    title: `Plan ${view.planId}`,
    room: 'Plans',
    signedIn,
    children: (
      <>
        {error !== undefined && <ErrorNote error={error} />}
        <div class="tight">
          <div class="row">
            <StateBadge state={view.state} />
            <span class="soft small mono">{view.planId}</span>
          </div>
          <h1>{objectName(plan.subject)}</h1>
          <p>
            <code>{plan.row.tool}</code> on <strong>{plan.cluster}</strong>
          </p>
        </div>
        <div class="plan">
          <div class="stack">
            <Warnings plan={plan} />
            <section class="card" aria-labelledby="changes">
              <h2 id="changes">{view.state === 'pending' ? 'What would change' : 'The change'}</h2>
              <Operations plan={plan} />
              {view.diff === '' ? <p class="soft">There is no diff to show.</p> : <Diff text={view.diff} />}
            </section>
            <Blast of={view.blastRadius} />
            <Guard plan={plan} />
            {view.reason !== undefined && (
              <section class="card" aria-labelledby="reason">
                <div class="row spread">
                  <h2 id="reason">Why, says the agent</h2>
                  <span class="badge">the agent’s words, not verified</span>
                </div>
                <blockquote class="words">{view.reason}</blockquote>
              </section>
            )}
          </div>
          <aside class="stack" aria-label="Decision">
            <section class="card" aria-labelledby="decision">
              <h2 id="decision">{view.state === 'pending' ? 'Your decision' : 'Decision'}</h2>
              <Facts plan={plan} now={now} />
              {plan.row.decided !== undefined && <Verdict of={plan.row.decided} now={now} />}
              {(view.state === 'applying' || view.state === 'approved' || view.state === 'confirmed') && (
                <Progress id={id} refreshing={refreshing} />
              )}
              {view.state === 'pending' && <Decide signedIn={signedIn} plan={plan} id={id} typed={typed} />}
            </section>
          </aside>
        </div>
      </>
    ),
  })
}
