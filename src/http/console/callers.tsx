/** @jsxImportSource hono/jsx */
/** Who has been here, what is left of their budgets, and what weighs on their next plan. */
import type { DeskCaller, DeskSwitch, Unread } from '../../guard/desk.ts'
import type { Millis } from '../../ports.ts'
import { Missing, page } from './layout.tsx'
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

/** What each rule did, for the badge beside it. */
const ACTED: Readonly<Record<DeskCaller['alerts'][number]['acted'], string>> = {
  recorded: '',
  raised: 'warn',
  frozen: 'bad',
}

const Alerts = ({ of, now }: { of: DeskCaller; now: Millis }) =>
  of.alerts.length === 0 ? null : (
    <>
      <h3>What watch rules saw</h3>
      <ul class="stack">
        {of.alerts.toReversed().map(({ rule, what, acted, at }) => (
          <li class="small">
            <span class={`badge ${ACTED[acted]}`}>{acted}</span> <code>{rule}</code>: {what}{' '}
            <span class="soft">
              (<When at={at} now={now} />)
            </span>
          </li>
        ))}
      </ul>
      {of.raisedUntil > now && (
        <p class="small">
          Its changes wait for an operator; that ends <When at={of.raisedUntil} now={now} />.
        </p>
      )}
    </>
  )

interface CardProps {
  readonly of: DeskCaller
  readonly now: Millis
  readonly frozen: boolean
  readonly mayFreeze: boolean
}

const Card = ({ of, now, frozen, mayFreeze }: CardProps) => (
  <li class="card">
    <div class="row spread">
      <h2>{ownerName(of.owner)}</h2>
      <span class="row">
        {frozen && <span class="badge bad">frozen</span>}
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
    <Alerts of={of} now={now} />
    {mayFreeze && (
      <p class="small">
        <a href={`/console/switches?caller=${encodeURIComponent(of.owner)}`}>{frozen ? 'Release' : 'Freeze'} …</a>
      </p>
    )}
  </li>
)

export interface CallersProps {
  readonly signedIn: SignedIn
  readonly callers: readonly DeskCaller[]
  readonly switches: readonly DeskSwitch[]
  readonly unread: readonly Unread[]
  readonly now: Millis
}

const isFrozen = (caller: DeskCaller, switches: readonly DeskSwitch[]): boolean =>
  switches.some(
    ({ on, scope, ledger }) =>
      on && scope.kind === 'caller' && scope.owner === caller.owner && ledger === caller.cluster,
  )

export const callersPage = ({ signedIn, callers, switches, unread, now }: CallersProps): string =>
  page({
    title: 'Callers',
    room: 'Callers',
    signedIn,
    children: (
      <>
        <h1>Callers and their budgets</h1>
        <Missing of={unread} />
        {callers.length === 0 ? (
          <p class="soft">Nobody has called yet.</p>
        ) : (
          <ul class="stack cols">
            {callers.map((it) => (
              <Card
                of={it}
                now={now}
                frozen={isFrozen(it, switches)}
                mayFreeze={signedIn.caller.may?.includes('freeze') === true}
              />
            ))}
          </ul>
        )}
      </>
    ),
  })
