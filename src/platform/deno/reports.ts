/**
 * The `Reports` port on Deno KV: a summary, an entry in the order of updates, and the body in pieces that a value holds,
 * all in one transaction. KV removes them when they expire.
 */
import type { Millis } from '../../ports.ts'
import type { ReportSummary, Reports, StoredReport } from '../../reports.ts'
import { ledgerUnavailable } from '../failures.ts'
import { bodyOf, isThere, reportsLimit, summaryOf } from '../reports-core.ts'
import { REPORT_AGE, reportAgeKey, reportKey, reportPieceKey } from './keys.ts'

/** A value is at most 64 KiB: below that with room for what KV adds. */
const PIECE_BYTES = 60_000
/** A list gives up to find a full page among so many that have expired and were not removed yet. */
const MAX_LOOKED_AT = 1_000
/** A body that was replaced while it was read is read again: who is overtaken more often finds storage too busy. */
const MAX_READS = 5

interface Head {
  readonly summary: ReportSummary
  readonly revision: number
  readonly pieces: number
}

export const createReports = (kv: Deno.Kv, now: () => Millis): Reports => {
  const ask = async <T>(action: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof RangeError) throw error
      throw ledgerUnavailable('reports', action, error)
    }
  }

  const headOf = async (id: string) => {
    const entry = await kv.get<Head>(reportKey(id))
    return { versionstamp: entry.versionstamp, head: entry.value }
  }

  const put = async (report: StoredReport): Promise<boolean> => {
    const { id, revision, expires } = report
    const bytes = new TextEncoder().encode(bodyOf(report))
    const pieces = Math.ceil(bytes.length / PIECE_BYTES)
    const { head, versionstamp } = await headOf(id)
    const before = head !== null && isThere(head.summary, now()) ? head.revision : 0
    if (before !== revision - 1) return false
    const expireIn = Math.max(1, expires - now())
    const summary = summaryOf(report)
    const atomic = kv.atomic().check({ key: reportKey(id), versionstamp })
    if (head !== null) atomic.delete(reportAgeKey(head.summary.updated, id))
    for (let index = pieces; index < (head?.pieces ?? 0); index++) atomic.delete(reportPieceKey(id, index))
    for (let index = 0; index < pieces; index++)
      atomic.set(reportPieceKey(id, index), bytes.slice(index * PIECE_BYTES, (index + 1) * PIECE_BYTES), { expireIn })
    atomic.set(reportAgeKey(report.updated, id), summary, { expireIn })
    atomic.set(reportKey(id), { summary, revision, pieces } satisfies Head, { expireIn })
    return (await atomic.commit()).ok
  }

  const get = async (id: string): Promise<StoredReport | undefined> => {
    for (let reads = 0; reads < MAX_READS; reads++) {
      const { head, versionstamp } = await headOf(id)
      if (head === null || !isThere(head.summary, now())) return undefined
      const keys = Array.from({ length: head.pieces }, (_, index) => reportPieceKey(id, index))
      const found = await kv.getMany<Uint8Array[]>([...keys])
      // Written in one transaction, so a piece of another version was replaced between the two reads.
      if (found.some((it) => it.versionstamp !== versionstamp)) continue
      const decoder = new TextDecoder()
      const text = found.map(({ value }) => decoder.decode(value ?? new Uint8Array(), { stream: true })).join('')
      return JSON.parse(text) as StoredReport
    }
    throw new Error(`report replaced ${MAX_READS} times while it was read`)
  }

  return {
    put: (report) => ask('put', () => put(report)),
    get: (id) => ask('get', () => get(id)),
    list: ({ limit, before }) =>
      ask('list', async () => {
        const wanted = reportsLimit(limit)
        const selector =
          before === undefined
            ? { prefix: REPORT_AGE }
            : { prefix: REPORT_AGE, end: reportAgeKey(before.updated, before.id) }
        const rows: ReportSummary[] = []
        for await (const { value } of kv.list<ReportSummary>(selector, { reverse: true, limit: MAX_LOOKED_AT })) {
          if (isThere(value, now())) rows.push(value)
          if (rows.length === wanted) break
        }
        return rows
      }),
  }
}
