/** The console's other pages: sign in, plans, ledger, callers, freeze switches, health. */
import type { Confirmation, DeskCaller, DeskSwitch, Unread } from '../../guard/desk.ts'
import { clusterOfPlan } from '../../guard/plan-body.ts'
import type { JobStatus } from '../../jobs.ts'
import type { PlanSummary } from '../../plan.ts'
import type { LedgerRecord } from '../../ports.ts'
import type { CheckResult } from '../health.ts'
import { Page, Problem, State, when } from './page.tsx'

export interface Seat {
  readonly operator: string
  readonly csrf: string
}

export interface Trouble {
  readonly code: string
  readonly sentence: string
}

export const SignInPage = ({ next, problem }: { readonly next: string; readonly problem?: Trouble }) => (
  <Page title="Sign in">
    <section class="card">
      <h1>Sign in</h1>
      <p class="soft">With your operator key. Agents' keys do not open this door.</p>
      {problem === undefined ? null : <Problem {...problem} />}
      <form method="post" action="/console/sign-in" class="stack">
        <input type="hidden" name="next" value={next} />
        <label>
          Operator key
          <input type="password" name="key" required autocomplete="current-password" />
        </label>
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
    </section>
  </Page>
)

export const ProblemPage = ({
  seat,
  title,
  problem,
}: {
  readonly seat?: Seat | undefined
  readonly title: string
  readonly problem: Trouble
}) => (
  <Page title={title} {...seat}>
    <h1>{title}</h1>
    <Problem {...problem} />
    <p>
      <a href="/console">To the plans</a>
    </p>
  </Page>
)

const Unreadable = ({ unread }: { readonly unread: readonly Unread[] }) =>
  unread.length === 0 ? null : (
    <section class="card alert" role="alert">
      <p>
        <strong>Not everything could be read:</strong> {unread.map((it) => `${it.ledger} (${it.code})`).join(', ')}.
      </p>
    </section>
  )

const Plans = ({ plans }: { readonly plans: readonly PlanSummary[] }) => (
  <section class="scroll" tabindex={0} aria-label="Plans">
    <table>
      <thead>
        <tr>
          <th>Plan</th>
          <th>State</th>
          <th>Cluster</th>
          <th>Asked by</th>
          <th>Expires</th>
        </tr>
      </thead>
      <tbody>
        {plans.map((it) => (
          <tr>
            <td>
              <a href={`/console/plans/${it.id}`}>{it.tool}</a>
              <br />
              <span class="soft small">{it.id}</span>
            </td>
            <td>
              <State state={it.state} />
            </td>
            <td>{clusterOfPlan(it.id)}</td>
            <td>{it.caller.client}</td>
            <td class="small">{when(it.expires)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)

export const PlansPage = ({
  seat,
  plans,
  unread,
  all,
}: {
  readonly seat: Seat
  readonly plans: readonly PlanSummary[]
  readonly unread: readonly Unread[]
  readonly all: boolean
}) => (
  <Page title="Plans" {...seat} at="/console">
    <h1>{all ? 'All plans' : 'Plans that wait'}</h1>
    <p class="soft">
      {all ? <a href="/console">Only those that wait</a> : <a href="/console?all=1">Also those that were decided</a>}
    </p>
    <Unreadable unread={unread} />
    <section class="card">
      {plans.length === 0 ? (
        <p>{all ? 'There are no plans yet.' : 'Nothing waits for you.'}</p>
      ) : (
        <Plans plans={plans} />
      )}
    </section>
  </Page>
)

/** What a record says beyond its frame, as one line of JSON. */
const said = ({
  v: _,
  ledger: __,
  seq: ___,
  time: ____,
  prev: _____,
  hash: ______,
  kind: _______,
  ...rest
}: LedgerRecord): string => JSON.stringify(rest)

export interface Verification {
  readonly whole: boolean
  /** All of it was read. */
  readonly complete: boolean
  readonly records: number
  readonly head: string
  readonly fault?: string
}

export const LedgerPage = ({
  seat,
  ledgers,
  name,
  kind,
  kinds,
  records,
  older,
  verification,
}: {
  readonly seat: Seat
  readonly ledgers: readonly string[]
  readonly name: string
  readonly kind: string
  readonly kinds: readonly string[]
  readonly records: readonly LedgerRecord[]
  readonly older?: number | undefined
  readonly verification?: Verification | undefined
}) => (
  <Page title={`Ledger ${name}`} {...seat} at="/console/ledger">
    <h1>Ledger {name}</h1>
    <form method="get" action="/console/ledger" class="row">
      <label>
        Ledger
        <select name="ledger">
          {ledgers.map((it) => (
            <option value={it} selected={it === name}>
              {it}
            </option>
          ))}
        </select>
      </label>
      <label>
        Kind
        <select name="kind">
          <option value="" selected={kind === ''}>
            all
          </option>
          {kinds.map((it) => (
            <option value={it} selected={it === kind}>
              {it}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Show</button>
      <button type="submit" name="verify" value="1">
        Verify the chain
      </button>
    </form>
    {verification === undefined ? null : (
      <section class={`card ${verification.whole ? 'good' : 'alert'}`} role="status">
        <p>
          <strong>
            {verification.whole
              ? `Whole: ${verification.records} records, each hangs on the one before.`
              : `Broken: ${verification.fault ?? 'the chain does not hold'}`}
          </strong>
          {verification.complete
            ? ''
            : ' Only the newest records were checked here; verify-audit checks all of an export.'}
        </p>
        <p class="soft small">
          Head: <code>{verification.head}</code>. Keep it elsewhere: it shows if records are missing at the end one day.
        </p>
      </section>
    )}
    <section class="card">
      <section class="scroll" tabindex={0} aria-label="Records">
        <table>
          <thead>
            <tr>
              <th>#</th>
              <th>Time</th>
              <th>Kind</th>
              <th>What</th>
            </tr>
          </thead>
          <tbody>
            {records.map((it) => (
              <tr>
                <td>{it.seq}</td>
                <td class="small">{it.time.slice(0, 19).replace('T', ' ')}</td>
                <td>{it.kind}</td>
                <td>
                  <code class="small">{said(it)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {older === undefined ? null : (
        <p>
          <a href={`/console/ledger?ledger=${name}&kind=${kind}&before=${older}`}>Older records</a>
        </p>
      )}
    </section>
  </Page>
)

/** `[issuer, client, subject]`, as it is kept. */
const ownerName = (owner: string): string => {
  try {
    const [, client, subject] = JSON.parse(owner) as string[]
    return client === subject ? String(client) : `${client} / ${subject}`
  } catch {
    return owner
  }
}

export const CallersPage = ({
  seat,
  callers,
  unread,
  mayFreeze,
}: {
  readonly seat: Seat
  readonly callers: readonly DeskCaller[]
  readonly unread: readonly Unread[]
  readonly mayFreeze: boolean
}) => (
  <Page title="Callers" {...seat} at="/console/callers">
    <h1>Callers and their budgets</h1>
    <Unreadable unread={unread} />
    {callers.length === 0 ? (
      <section class="card">
        <p>Nobody has called yet.</p>
      </section>
    ) : null}
    {callers.map((it) => (
      <section class="card">
        <h2>
          {ownerName(it.owner)} <span class="soft">in cluster {it.cluster}</span>
        </h2>
        <dl>
          {it.buckets.map((bucket) => (
            <>
              <dt>{bucket.name}</dt>
              <dd>
                <meter
                  min={0}
                  max={bucket.capacity}
                  low={bucket.capacity / 5}
                  value={bucket.level}
                  aria-label={bucket.name}
                >
                  {bucket.level}
                </meter>
                <span class="small soft">
                  {Math.floor(bucket.level)} of {bucket.capacity} left
                </span>
              </dd>
            </>
          ))}
          <dt>Untrusted text</dt>
          <dd>
            {it.readAt > it.approvedAt ? 'read since its last approved plan' : 'none since its last approved plan'}
          </dd>
          {it.raisedUntil === 0 ? null : (
            <>
              <dt>Raised</dt>
              <dd>every change needs approval until {when(it.raisedUntil)}</dd>
            </>
          )}
        </dl>
        {mayFreeze ? (
          <p>
            <a href={`/console/switches?owner=${encodeURIComponent(it.owner)}`}>Freeze this caller …</a>
          </p>
        ) : null}
      </section>
    ))}
  </Page>
)

const scopeName = ({ scope, ledger }: DeskSwitch): string =>
  scope.kind === 'caller'
    ? `caller ${ownerName(scope.owner)}`
    : scope.kind === 'cluster'
      ? `cluster ${ledger}`
      : 'everything'

const SwitchForm = ({
  csrf,
  scope,
  value,
  on,
  label,
}: {
  readonly csrf: string
  readonly scope: string
  readonly value: string
  readonly on: boolean
  readonly label: string
}) => (
  <form method="post" action="/console/switches" class="stack">
    <input type="hidden" name="csrf" value={csrf} />
    <input type="hidden" name="scope" value={scope} />
    <input type="hidden" name="value" value={value} />
    <input type="hidden" name="on" value={on ? '1' : '0'} />
    <label>
      Reason
      <input name="reason" required maxlength={250} />
    </label>
    <button type="submit" class={on ? 'danger' : ''}>
      {label}
    </button>
  </form>
)

export const SwitchesPage = ({
  seat,
  switches,
  unread,
  clusters,
  owner,
  mayFreeze,
  confirmations,
}: {
  readonly seat: Seat
  readonly switches: readonly DeskSwitch[]
  readonly unread: readonly Unread[]
  readonly clusters: readonly string[]
  readonly owner?: string | undefined
  readonly mayFreeze: boolean
  readonly confirmations?: readonly Confirmation[]
}) => {
  const on = switches.filter((it) => it.on)
  const seen = new Map(on.map((it) => [JSON.stringify([it.scope, it.scope.kind === 'cluster' ? it.ledger : '']), it]))
  return (
    <Page title="Freeze" {...seat} at="/console/switches">
      <h1>Freeze switches</h1>
      <p class="soft">
        A frozen caller or cluster is refused at the next operation: reads, plans, and what is being carried out.
      </p>
      <Unreadable unread={unread} />
      {confirmations === undefined ? null : (
        <section class={`card ${confirmations.every((it) => it.code === undefined) ? 'good' : 'alert'}`} role="status">
          <h2>Which ledgers confirmed</h2>
          <ul>
            {confirmations.map((it) => (
              <li>
                {it.ledger}: {it.code === undefined ? 'done' : `NOT done (${it.code})`}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section class="card">
        <h2>On now</h2>
        {seen.size === 0 ? <p>Nothing is frozen.</p> : null}
        {[...seen.values()].map((it) => (
          <div class="card alert">
            <p>
              <strong>{scopeName(it)}</strong> since {when(it.at)}, by {it.by}: {it.reason}
            </p>
            {mayFreeze ? (
              <SwitchForm
                csrf={seat.csrf}
                scope={it.scope.kind}
                value={it.scope.kind === 'caller' ? it.scope.owner : it.scope.kind === 'cluster' ? it.ledger : ''}
                on={false}
                label={`Unfreeze ${scopeName(it)}`}
              />
            ) : null}
          </div>
        ))}
      </section>
      {mayFreeze ? (
        <div class="two">
          {owner === undefined ? null : (
            <section class="card">
              <h2>Caller {ownerName(owner)}</h2>
              <SwitchForm csrf={seat.csrf} scope="caller" value={owner} on={true} label="Freeze this caller" />
            </section>
          )}
          {clusters.map((name) => (
            <section class="card">
              <h2>Cluster {name}</h2>
              <SwitchForm csrf={seat.csrf} scope="cluster" value={name} on={true} label={`Freeze cluster ${name}`} />
            </section>
          ))}
          <section class="card">
            <h2>Everything</h2>
            <SwitchForm csrf={seat.csrf} scope="everything" value="" on={true} label="Freeze everything" />
          </section>
        </div>
      ) : (
        <p>Your key does not have the power "freeze".</p>
      )}
    </Page>
  )
}

export const HealthPage = ({
  seat,
  checks,
  deliveries,
}: {
  readonly seat: Seat
  readonly checks: readonly CheckResult[]
  readonly deliveries: readonly (JobStatus & { readonly target: string })[]
}) => (
  <Page title="Health" {...seat} at="/console/health">
    <h1>Health</h1>
    <section class="card">
      <section class="scroll" tabindex={0} aria-label="Checks">
        <table>
          <thead>
            <tr>
              <th>Check</th>
              <th>State</th>
              <th>What is known</th>
            </tr>
          </thead>
          <tbody>
            {checks.map((it) => (
              <tr>
                <td>{it.name}</td>
                <td>
                  <span class={`tag ${it.ok ? (it.warning === undefined ? 'ok' : 'warn') : 'bad'}`}>
                    {it.ok ? (it.warning === undefined ? 'good' : 'warning') : 'bad'}
                  </span>
                </td>
                <td>{it.warning ?? it.reason ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
    <section class="card">
      <h2>Deliveries that wait</h2>
      {deliveries.length === 0 ? (
        <p>None.</p>
      ) : (
        <ul>
          {deliveries.map((it) => (
            <li>
              {it.target}: {it.job.kind === 'notify' ? it.job.notice.title : it.key}, tried {it.attempts} times
              {it.code === undefined ? '' : `, last: ${it.code}`}, next {when(it.next)}
            </li>
          ))}
        </ul>
      )}
    </section>
  </Page>
)
