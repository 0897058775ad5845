/** @jsxImportSource hono/jsx */
/** Who has been here, what is left of their budgets, and what weighs on their next plan. */
import type { DeskCaller } from '../../guard/desk.ts'
import type { Millis } from '../../ports.ts'
import { page } from './layout.tsx'
import { Meter } from './meter.tsx'
import type { SignedIn } from './signed-in.ts'
import { ownerName, When } from './words.tsx'

/** Below this a caller is about to be refused. */
const LOW = 0.2

const Budget = ({ name, level, capacity }: DeskCaller['buckets'][number]) => {
  const fraction = capacity === 0 ? 0 : level / capacity
  const words = `${Math.floor(level).toLocaleString('en')} of ${capacity.toLocaleString('en')} left`
  return (
    <li class="tight">
      <div class="row spread small">
        <span>{name}</span>
        <span class="soft">{words}</span>
      </div>
      <Meter label={`${name}: ${words}`} fraction={fraction} low={fraction < LOW} />
    </li>
  )
}

const Card = ({ of, now, mayFreeze }: { of: DeskCaller; now: Millis; mayFreeze: boolean }) => (
  <li class="card">
    <div class="row spread">
      <h2>{ownerName(of.owner)}</h2>
      <span class="row">
        {of.frozen && <span class="badge bad">frozen</span>}
        {of.raisedUntil > now && <span class="badge warn">every change needs approval</span>}
        <span class="badge">{of.cluster}</span>
      </span>
    </div>
    <ul class="stack">
      {of.buckets.map((it) => (
        <Budget {...it} />
      ))}
    </ul>
    <p class="soft small">
      {of.readAt === 0 ? (
        'Has read no text of the cluster'
      ) : (
        <>
          Last read text of the cluster <When at={of.readAt} now={now} />
        </>
      )}
      {of.approvedAt > 0 && (
        <>
          ; last approved plan <When at={of.approvedAt} now={now} />
        </>
      )}
      .
    </p>
    {mayFreeze && (
      <p class="small">
        <a href={`/console/switches?caller=${encodeURIComponent(of.owner)}`}>{of.frozen ? 'Release' : 'Freeze'} …</a>
      </p>
    )}
  </li>
)

export const callersPage = (props: { signedIn: SignedIn; callers: readonly DeskCaller[]; now: Millis }): string =>
  page({
    title: 'Callers',
    room: 'Callers',
    signedIn: props.signedIn,
    children: (
      <>
        <h1>Callers and their budgets</h1>
        {props.callers.length === 0 ? (
          <p class="soft">Nobody has called yet.</p>
        ) : (
          <ul class="stack cols">
            {props.callers.map((it) => (
              <Card of={it} now={props.now} mayFreeze={props.signedIn.caller.may?.includes('freeze') === true} />
            ))}
          </ul>
        )}
      </>
    ),
  })
