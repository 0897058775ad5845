/**
 * What Bulkhead itself changed, read back from a cluster's ledger for one caller: of each write its intent and how it
 * ended, newest first. Only objects that this caller may read are told of, and a ledger holds no values. Policy is asked
 * as for a look beside another answer: without a record, for nothing is tried.
 */
import type { Access, Caller } from '../access.ts'
import type { Ledger, LedgerRecord, RecordedCaller } from '../ports.ts'
import { MAX_LEDGER_PAGE } from '../ports.ts'
import type { RecordedChange, RecordedChanges } from '../tool.ts'
import type { Policy } from './policy.ts'

/** 2,000 records, a few hundred kilobytes: a day of a gateway that is asked once a minute. Each page is one round trip. */
const MAX_PAGES = 4
/** More do not fit a timeline. */
const MAX_CHANGES = 200

export interface RecordedChangesParts {
  readonly ledger: Pick<Ledger, 'read' | 'status'>
  readonly cluster: string
  readonly caller: Caller
  readonly policy: Pick<Policy, 'decide'>
  /** Milliseconds since the Unix epoch. */
  readonly since: number
  readonly now: number
}

const nameOf = ({ client, subject }: RecordedCaller): string =>
  client === subject ? client : `${client} for ${subject}`

/** The newest records since then, oldest first, and whether older ones since then were left. */
const readBack = async (
  ledger: RecordedChangesParts['ledger'],
  since: number,
): Promise<{ readonly records: readonly LedgerRecord[]; readonly complete: boolean }> => {
  const oldest = new Date(since).toISOString()
  let records: readonly LedgerRecord[] = []
  const { seq, audit } = await ledger.status()
  // Where older records are no longer kept, what they said is not known.
  const gone = Math.max(0, audit.first - 1)
  let end = seq
  for (let pages = 0; end > gone && pages < MAX_PAGES; pages += 1) {
    const start = Math.max(gone, end - MAX_LEDGER_PAGE)
    const page = (await ledger.read(start, end - start)).records
    records = [...page, ...records]
    if (page[0] === undefined || page[0].time < oldest) return { records, complete: true }
    end = start
  }
  return { records, complete: end === 0 }
}

/** Throws `ledger_unavailable`. */
export const recordedChanges = async (parts: RecordedChangesParts): Promise<RecordedChanges> => {
  const { ledger, cluster, caller, policy, since, now } = parts
  const { records, complete } = await readBack(ledger, since)
  const tools = new Map<string, string>()
  const outcomes = new Map<string, string>()
  const changes: RecordedChange[] = []
  const step = (it: { readonly plan: string; readonly step: number }) => `${it.plan} ${it.step}`
  for (const record of records) {
    if (record.kind === 'plan') tools.set(record.plan, record.tool)
    if (record.kind === 'effect') outcomes.set(step(record), record.outcome)
  }
  for (const record of records.toReversed()) {
    if (record.kind !== 'intent' || Date.parse(record.time) < since) continue
    const { group, resource, subresource, namespace, name, operation } = record.operation
    if (name === undefined) continue
    const access: Access = {
      cluster,
      verb: 'get',
      group,
      resource,
      name,
      ...(namespace === undefined ? {} : { namespace }),
    }
    if (policy.decide({ caller, access, now }).decision !== 'allow') continue
    if (changes.length === MAX_CHANGES) return { changes, complete: false }
    const tool = tools.get(record.plan)
    changes.push({
      time: record.time,
      caller: nameOf(record.caller),
      ...(tool === undefined ? {} : { tool }),
      operation,
      group,
      resource,
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
      name,
      outcome: outcomes.get(step(record)) ?? 'unknown',
    })
  }
  return { changes, complete }
}
