/** @jsxImportSource hono/jsx */
/** A ledger, newest record first, and whether its chain is whole. Looking and checking change nothing. */
import type { AuditState } from '../../checkpoints.ts'
import type { LedgerEntry, LedgerRecord, Millis } from '../../ports.ts'
import { Note, page } from './layout.tsx'
import { RECORD_KINDS, recordWords } from './records.ts'
import type { Newest, Verification } from './records-read.ts'
import type { SignedIn } from './signed-in.ts'
import { When } from './words.tsx'

export interface LedgerProps extends Newest {
  readonly signedIn: SignedIn
  readonly now: Millis
  readonly audit: AuditState
  readonly name: string
  readonly names: readonly string[]
  readonly kind: LedgerEntry['kind'] | undefined
  readonly verified: Verification | undefined
}

const Verified = ({ of }: { of: Verification }) => (
  <Note
    kind={of.whole ? (of.complete ? 'good' : 'warn') : 'bad'}
    head={
      of.whole
        ? `${of.records} records checked: the chain is whole${of.complete ? '' : ' as far as it was read; npm run verify-audit reads all of it'}`
        : `The chain is broken: ${of.fault ?? 'no reason was given'}`
    }
  >
    <p class="small">
      Head <code>{of.head}</code>
    </p>
  </Note>
)

/** The newest checkpoint and its age; loud where there can be none. */
const Signed = ({ of: { checkpoint, fault, first }, now }: { of: AuditState; now: Millis }) => {
  if (fault !== undefined)
    return (
      <Note kind="bad" head={`This ledger is broken at record ${fault.seq} (${fault.reason})`}>
        <p class="small">
          Found <When at={fault.since} now={now} />. Nothing of it is signed while it is.
        </p>
      </Note>
    )
  return (
    <p class="soft small">
      {checkpoint === undefined ? (
        'Not signed yet.'
      ) : (
        <>
          Signed up to record {checkpoint.size}, <When at={checkpoint.time} now={now} />.
        </>
      )}
      {first > 1 && ` Records before ${first} are no longer kept.`}
    </p>
  )
}

const Line = ({ record }: { record: LedgerRecord }) => (
  <li>
    <details>
      <summary>
        <span class="badge">{record.kind}</span> {recordWords(record)}{' '}
        <span class="soft small">
          #{record.seq}, {record.time.slice(0, 19).replace('T', ' ')}
        </span>
      </summary>
      <pre>{JSON.stringify(record, null, 2)}</pre>
    </details>
  </li>
)

export const ledgerPage = ({
  signedIn,
  now,
  audit,
  name,
  names,
  kind,
  verified,
  records,
  older,
}: LedgerProps): string => {
  const path = `/console/ledger/${name}`
  return page({
    title: `Ledger ${name}`,
    room: 'Ledger',
    signedIn,
    children: (
      <>
        <h1>Ledger {name}</h1>
        <ul class="row" aria-label="Ledgers">
          {names.map((it) => (
            <li>
              {it === name ? <strong aria-current="page">{it}</strong> : <a href={`/console/ledger/${it}`}>{it}</a>}
            </li>
          ))}
        </ul>
        <Signed of={audit} now={now} />
        {verified !== undefined && <Verified of={verified} />}
        <div class="filter">
          <form class="filter" method="get" action={path}>
            <label>
              Kind
              <select name="kind">
                <option value="">all</option>
                {RECORD_KINDS.map((it) => (
                  <option value={it} selected={it === kind}>
                    {it}
                  </option>
                ))}
              </select>
            </label>
            <button type="submit">Show</button>
          </form>
          <form method="get" action={path}>
            <input type="hidden" name="verify" value="1" />
            <button type="submit">Verify the chain</button>
          </form>
        </div>
        <div class="card">
          {records.length === 0 ? (
            <p class="soft">No such records.</p>
          ) : (
            <ul class="steps">
              {records.map((record) => (
                <Line record={record} />
              ))}
            </ul>
          )}
        </div>
        {older !== undefined && (
          <p>
            <a href={`${path}?before=${older}${kind === undefined ? '' : `&kind=${kind}`}`}>Older records</a>
          </p>
        )}
      </>
    ),
  })
}
