/** @jsxImportSource hono/jsx */
/** What works and what does not: ledgers, clusters, and the targets of notifications with what they did not take. */
import type { Unread } from '../../guard/desk.ts'
import type { JobStatus } from '../../jobs.ts'
import type { Millis } from '../../ports.ts'
import type { CheckResult } from '../health.ts'
import { Missing, page } from './layout.tsx'
import type { SignedIn } from './signed-in.ts'
import { When } from './words.tsx'

export interface HealthProps {
  readonly signedIn: SignedIn
  readonly now: Millis
  readonly checks: readonly CheckResult[]
  readonly unread: readonly Unread[]
  /** Notifications that wait, by target. */
  readonly deliveries: readonly (JobStatus & { readonly target: string })[]
}

type Mark = readonly [style: 'good' | 'warn' | 'bad', words: string]

const markOf = ({ ok, warning, broken }: CheckResult): Mark => {
  if (!ok) return ['bad', 'does not work']
  if (broken === true) return ['bad', 'broken']
  return warning === undefined ? ['good', 'works'] : ['warn', 'works, with a warning']
}

/** The worst that there is, in a few words: whoever reads no further must not be told that all is well. */
const headline = (checks: readonly CheckResult[]): Mark => {
  const of = (some: readonly CheckResult[]) => `${some.length} of ${checks.length}`
  const failing = checks.filter((it) => !it.ok)
  const broken = checks.filter((it) => it.broken === true)
  const warned = checks.filter((it) => it.warning !== undefined)
  if (checks.length === 0) return ['warn', 'Not checked yet']
  if (failing.length > 0) return ['bad', `Not working: ${of(failing)}`]
  if (broken.length > 0) return ['bad', `Broken: ${of(broken)}`]
  return warned.length > 0 ? ['warn', `Needs a look: ${of(warned)}`] : ['good', 'Everything works']
}

const Check = ({ of }: { of: CheckResult }) => {
  const [style, words] = markOf(of)
  const note = of.warning ?? of.reason
  return (
    <li class="tight">
      <div class="row spread">
        <h3>{of.name}</h3>
        <span class={`badge ${style}`}>{words}</span>
      </div>
      {note !== undefined && <p class="soft small">{note}</p>}
      {of.code !== undefined && <code>{of.code}</code>}
    </li>
  )
}

const Delivery = ({ of, now }: { of: HealthProps['deliveries'][number]; now: Millis }) => (
  <li class="tight">
    <div class="row spread">
      <h3>{of.target}</h3>
      <span class={`badge ${of.code === undefined ? '' : 'bad'}`}>{of.code === undefined ? 'waits' : 'fails'}</span>
    </div>
    <p>{of.job.kind === 'notify' ? of.job.notice.title : of.key}</p>
    <p class="soft small">
      Tried {of.attempts} times{of.code !== undefined && `, last ${of.code}`}; again <When at={of.next} now={now} />
    </p>
  </li>
)

export const healthPage = ({ signedIn, now, checks, unread, deliveries }: HealthProps): string => {
  const [style, head] = headline(checks)
  return page({
    title: 'Health',
    room: 'Health',
    signedIn,
    children: (
      <>
        <h1 class={style}>{head}</h1>
        <Missing of={unread} />
        <div class="cols stack">
          <section class="card" aria-labelledby="checks">
            <h2 id="checks">Checks</h2>
            <ul class="list">
              {checks.map((it) => (
                <Check of={it} />
              ))}
            </ul>
          </section>
          <section class="card" aria-labelledby="deliveries">
            <h2 id="deliveries">Notifications that wait</h2>
            {deliveries.length === 0 ? (
              <p class="soft">None.</p>
            ) : (
              <ul class="list">
                {deliveries.map((it) => (
                  <Delivery of={it} now={now} />
                ))}
              </ul>
            )}
          </section>
        </div>
      </>
    ),
  })
}
