/** @jsxImportSource hono/jsx */
/** The freeze switches: what is frozen, by whom and why, and one form to turn any of them. */
import type { Child } from 'hono/jsx'
import type { Confirmation, DeskSwitch, Unread } from '../../guard/desk.ts'
import type { SwitchScope } from '../../plans.ts'
import type { Millis } from '../../ports.ts'
import { MAX_REASON } from '../../tool.ts'
import { Csrf, Missing, Note, page } from './layout.tsx'
import type { SignedIn } from './signed-in.ts'
import { ownerName, When } from './words.tsx'

export interface SwitchesProps {
  readonly signedIn: SignedIn
  readonly now: Millis
  readonly switches: readonly DeskSwitch[]
  readonly unread: readonly Unread[]
  readonly clusters: readonly string[]
  /** `callerKey`s that may be chosen. */
  readonly owners: readonly string[]
  /** Chosen already. */
  readonly owner: string | undefined
  /** What was just turned, and what each ledger said. */
  readonly turned?: {
    readonly on: boolean
    readonly scope: SwitchScope
    readonly cluster: string | undefined
    readonly results: readonly Confirmation[]
  }
}

const scopeWords = (scope: SwitchScope, cluster: string | undefined): string => {
  if (scope.kind === 'everything') return 'Everything'
  return scope.kind === 'cluster' ? `Cluster ${cluster ?? ''}` : ownerName(scope.owner)
}

const Turned = ({ of }: { of: NonNullable<SwitchesProps['turned']> }) => {
  const whole = of.results.every((it) => it.code === undefined)
  return (
    <Note
      kind={whole ? 'good' : 'bad'}
      head={`${scopeWords(of.scope, of.cluster)}: ${of.on ? 'frozen' : 'released'}${whole ? '' : ', but not everywhere. Send it again.'}`}
    >
      <ul>
        {of.results.map((it) => (
          <li>
            {it.ledger}: {it.code === undefined ? 'confirmed' : <strong>not confirmed ({it.code})</strong>}
          </li>
        ))}
      </ul>
    </Note>
  )
}

const Current = ({ of, now }: { of: DeskSwitch; now: Millis }) => (
  <li class="tight">
    <div class="row spread">
      <h3>{scopeWords(of.scope, of.ledger)}</h3>
      <span class="row">
        <span class={`badge ${of.on ? 'bad' : ''}`}>{of.on ? 'frozen' : 'released'}</span>
        <span class="badge">{of.ledger}</span>
      </span>
    </div>
    <p class="soft small">
      {of.by}, <When at={of.at} now={now} />: {of.reason}
    </p>
  </li>
)

interface TurnProps {
  readonly signedIn: SignedIn
  readonly scope: SwitchScope['kind']
  readonly head: string
  readonly open: boolean
  readonly children?: Child
}

/** One form a scope: what does not belong together cannot be sent together. */
const Turn = ({ signedIn, scope, head, open, children }: TurnProps) => (
  <details open={open}>
    <summary>{head}</summary>
    <form method="post" action="/console/switches">
      <Csrf of={signedIn} />
      <input type="hidden" name="scope" value={scope} />
      {children}
      <label>
        Reason
        <textarea name="reason" required maxlength={MAX_REASON} />
      </label>
      <div class="row">
        <button type="submit" class="danger" name="on" value="1">
          Freeze
        </button>
        <button type="submit" name="on" value="0">
          Release
        </button>
      </div>
    </form>
  </details>
)

const Turns = ({ signedIn, clusters, owners, owner }: SwitchesProps) => (
  <>
    <Turn signedIn={signedIn} scope="caller" head="A caller" open={true}>
      <label>
        Caller
        <select name="value" required>
          {owners.map((it) => (
            <option value={it} selected={it === owner}>
              {ownerName(it)}
            </option>
          ))}
        </select>
      </label>
    </Turn>
    <Turn signedIn={signedIn} scope="cluster" head="A cluster" open={false}>
      <label>
        Cluster
        <select name="value" required>
          {clusters.map((it) => (
            <option value={it}>{it}</option>
          ))}
        </select>
      </label>
    </Turn>
    <Turn signedIn={signedIn} scope="everything" head="Everything" open={false}>
      <p class="small">Every caller on every cluster. People at the console are let in all the same.</p>
    </Turn>
  </>
)

export const switchesPage = (props: SwitchesProps): string =>
  page({
    title: 'Switches',
    room: 'Switches',
    signedIn: props.signedIn,
    children: (
      <>
        <h1>Freeze switches</h1>
        <p class="soft">
          What is frozen is refused at its next call, and a plan under way stops before its next write.
        </p>
        <Missing of={props.unread} />
        {props.turned !== undefined && <Turned of={props.turned} />}
        <div class="stack cols">
          <section class="card" aria-labelledby="now">
            <h2 id="now">As they stand</h2>
            {props.switches.length === 0 ? (
              <p class="soft">Nothing was ever frozen.</p>
            ) : (
              <ul class="list">
                {props.switches.map((it) => (
                  <Current of={it} now={props.now} />
                ))}
              </ul>
            )}
          </section>
          <section class="card" aria-labelledby="turn">
            <h2 id="turn">Freeze or release</h2>
            {props.signedIn.caller.may?.includes('freeze') === true ? (
              <Turns {...props} />
            ) : (
              <p class="soft">You do not have the power “freeze” (identity, may).</p>
            )}
          </section>
        </div>
      </>
    ),
  })
