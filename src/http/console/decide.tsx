/** @jsxImportSource hono/jsx */
/** The two forms of a plan that waits. Whoever may not approve sees why, in the place of a form that would be refused. */
import type { DeskPlan } from '../../guard/desk.ts'
import { MAX_REASON } from '../../tool.ts'
import { Csrf, Note } from './layout.tsx'
import type { SignedIn } from './signed-in.ts'

/** What was typed before it was refused. */
export interface Typed {
  readonly name: string
  readonly reason: string
}

/** The sentence that stands in the way of approving; undefined: nothing does. */
const hindrance = ({ caller }: SignedIn, { view, mayApprove }: DeskPlan): string | undefined => {
  if (caller.may?.includes('approve') !== true) return 'You do not have the power “approve” (identity, may).'
  if (view.diffCut) return 'The diff is not whole, so this plan cannot be approved.'
  return mayApprove.ok ? undefined : (mayApprove.why ?? 'You may not approve this plan.')
}

export const Decide = (props: { signedIn: SignedIn; plan: DeskPlan; id: string; typed?: Typed | undefined }) => {
  const { signedIn, plan, id, typed } = props
  const { subject, mayApprove } = plan
  const why = hindrance(signedIn, plan)
  const breakGlass = mayApprove.ok && mayApprove.breakGlass
  const mayDecide = signedIn.caller.may?.includes('approve') === true
  return (
    <>
      <form method="post" action={`/console/plans/${id}/approve`}>
        <Csrf of={signedIn} />
        {why !== undefined && <Note kind="warn" head={why} />}
        {breakGlass && why === undefined && (
          <Note kind="bad" head="Break-glass">
            <p>You answer for the agent that asks. Approving is recorded as break-glass and everybody is told.</p>
          </Note>
        )}
        <fieldset disabled={why !== undefined}>
          {plan.typeName && (
            <label>
              {`Type the name of the ${subject.kind}: ${subject.name}`}
              <input
                name="name"
                required
                value={typed?.name}
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
              />
            </label>
          )}
          {breakGlass && (
            <label>
              Reason for break-glass
              <textarea name="reason" required maxlength={MAX_REASON}>
                {typed?.reason}
              </textarea>
            </label>
          )}
          <button type="submit" class={plan.typeName || breakGlass ? 'danger' : 'primary'} disabled={why !== undefined}>
            {breakGlass ? 'Approve with break-glass' : 'Approve and apply'}
          </button>
        </fieldset>
      </form>
      {mayDecide && (
        <details open={typed !== undefined}>
          <summary>Refuse instead</summary>
          <form method="post" action={`/console/plans/${id}/refuse`}>
            <Csrf of={signedIn} />
            <label>
              <span>
                Reason <span class="soft">(the agent reads it)</span>
              </span>
              <textarea name="reason" required maxlength={MAX_REASON}>
                {breakGlass ? '' : typed?.reason}
              </textarea>
            </label>
            <button type="submit">Refuse</button>
          </form>
        </details>
      )}
    </>
  )
}
