/**
 * The `Reports` port on a Durable Object of its own: SQLite, one row a report, and an alarm that removes what has
 * expired. The object answers one request at a time and every method is synchronous, so comparing and putting are one
 * transaction.
 */
import { DurableObject } from 'cloudflare:workers'
import { within } from '../../deadline.ts'
import type { Millis } from '../../ports.ts'
import type { ReportSummary, Reports, ReportsQuery, StoredReport } from '../../reports.ts'
import { ledgerUnavailable } from '../failures.ts'
import { bodyOf, reportsLimit, summaryOf } from '../reports-core.ts'
import { LEDGER_DEADLINE_MS } from './ledgers.ts'

const TABLES = `CREATE TABLE IF NOT EXISTS reports (
    id TEXT PRIMARY KEY, revision INTEGER NOT NULL, updated INTEGER NOT NULL, expires INTEGER NOT NULL,
    summary TEXT NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS reports_by_age ON reports (updated, id);
  CREATE INDEX IF NOT EXISTS reports_by_end ON reports (expires);`
const REVISION = 'SELECT revision FROM reports WHERE id = ? AND expires > ?'
const PUT = 'INSERT OR REPLACE INTO reports (id, revision, updated, expires, summary, body) VALUES (?, ?, ?, ?, ?, ?)'
const GET = 'SELECT body FROM reports WHERE id = ? AND expires > ?'
const LIST = `SELECT summary FROM reports WHERE expires > ? AND (updated < ? OR (updated = ? AND id < ?))
  ORDER BY updated DESC, id DESC LIMIT ?`
const EXPIRE = 'DELETE FROM reports WHERE expires <= ?'
const NEXT = 'SELECT MIN(expires) AS next FROM reports'

/** The one object there is. */
const NAME = 'reports'
/** After every id, for the first page. */
const LAST = '~'

/** What of a report is a column. */
interface Row {
  readonly id: string
  readonly revision: number
  readonly updated: Millis
  readonly expires: Millis
  readonly summary: string
  readonly body: string
}

export class ReportsObject extends DurableObject {
  constructor(context: DurableObjectState, env: Cloudflare.Env) {
    super(context, env)
    context.storage.sql.exec(TABLES)
  }

  async put(row: Row, now: Millis): Promise<boolean> {
    const { sql } = this.ctx.storage
    const [found] = sql.exec<{ revision: number }>(REVISION, row.id, now).toArray()
    if ((found?.revision ?? 0) !== row.revision - 1) return false
    sql.exec(PUT, row.id, row.revision, row.updated, row.expires, row.summary, row.body)
    if ((await this.ctx.storage.getAlarm()) === null) await this.#wake()
    return true
  }

  get(id: string, now: Millis): string | undefined {
    return this.ctx.storage.sql.exec<{ body: string }>(GET, id, now).toArray()[0]?.body
  }

  list({ limit, before }: ReportsQuery, now: Millis): readonly string[] {
    const { updated, id } = before ?? { updated: Number.MAX_SAFE_INTEGER, id: LAST }
    const rows = this.ctx.storage.sql.exec<{ summary: string }>(LIST, now, updated, updated, id, reportsLimit(limit))
    return rows.toArray().map((it) => it.summary)
  }

  override async alarm(): Promise<void> {
    this.ctx.storage.sql.exec(EXPIRE, Date.now())
    await this.#wake()
  }

  async #wake(): Promise<void> {
    const next = this.ctx.storage.sql.exec<{ next: number | null }>(NEXT).one().next
    if (next !== null) await this.ctx.storage.setAlarm(Math.max(next, Date.now() + 1))
  }
}

/** `now` decides what has expired. */
export const createReports = (
  namespace: DurableObjectNamespace<ReportsObject>,
  now: () => Millis = Date.now,
): Reports => {
  const ask = async <T>(action: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await within(LEDGER_DEADLINE_MS, work(), () => new Error(`no answer in ${LEDGER_DEADLINE_MS} ms`))
    } catch (error) {
      throw ledgerUnavailable(NAME, action, error)
    }
  }
  // A stub that has failed once fails for good: each request gets its own.
  const stub = () => namespace.getByName(NAME)
  return {
    async put(report) {
      const { id, revision, updated, expires } = report
      const row: Row = {
        id,
        revision,
        updated,
        expires,
        summary: JSON.stringify(summaryOf(report)),
        body: bodyOf(report),
      }
      return ask('put', async () => stub().put(row, now()))
    },
    async get(id) {
      const body = await ask('get', async () => stub().get(id, now()))
      return body === undefined ? undefined : (JSON.parse(body) as StoredReport)
    },
    async list(query) {
      const summaries = await ask('list', async () => stub().list(query, now()))
      return summaries.map((it) => JSON.parse(it) as ReportSummary)
    },
  }
}
