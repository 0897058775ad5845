/**
 * One ledger, kept in the SQLite of a Durable Object: one cluster's, or the gateway's. The object answers one request at
 * a time and every method is synchronous, so a transaction is the whole request; the runtime holds the reply back until
 * the transaction is durable.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Checkpoint, Growth, Marks, Tile } from '../../checkpoints.ts'
import { genesisHash, type Head, recordLine } from '../../guard/chain.ts'
import { admit, append, type BucketRow, NO_PAST, ownerKey, pageLimit, standingOf } from '../../guard/ledger-core.ts'
import { change, type PlanAnswer, type PlanRequest, type PlanStore } from '../../guard/plan-core.ts'
import type { PlanRow, PlanSummary } from '../../plan.ts'
import type { CallerRow, PlansQuery, Standing, SwitchRow } from '../../plans.ts'
import type { Admission, AdmitRequest, Appended, AppendRequest, LedgerRecord, LedgerStatus } from '../../ports.ts'
import { auditTables } from './audit-tables.ts'
import { planTables } from './plan-tables.ts'
import { migrate } from './schema.ts'

/** What one SQLite Durable Object may hold (Cloudflare's limit). */
const MAX_DATABASE_BYTES = 10_000_000_000
/** How often, in records, callers and full buckets are forgotten, and how many buckets at most: both keep `admit` fast. */
const PRUNE_EVERY = 256
const PRUNE_ROWS = 512

// Constant texts: the runtime keeps a prepared statement for each.
const LAST = 'SELECT body FROM records ORDER BY seq DESC LIMIT 1'
const INSERT = 'INSERT INTO records (seq, body) VALUES (?, ?)'
const PAGE = 'SELECT seq, body FROM records WHERE seq > ? ORDER BY seq LIMIT ?'
const BUCKET = 'SELECT level, at, capacity, refill, suppressed FROM buckets WHERE owner = ? AND name = ?'
const PUT_BUCKET = `INSERT OR REPLACE INTO buckets (owner, name, level, at, capacity, refill, suppressed)
  VALUES (?, ?, ?, ?, ?, ?, ?)`
const PRUNE = `DELETE FROM buckets WHERE (owner, name) IN (
  SELECT owner, name FROM buckets WHERE suppressed = 0 AND refill > 0 AND at + (capacity - level) / refill <= ? LIMIT ?)`

/** A page as it travels: the lines as they are stored, parsed where they are used. */
export interface LedgerLines {
  readonly lines: string[]
  readonly next?: number
}

export class LedgerObject extends DurableObject {
  readonly #sql: SqlStorage
  readonly #store: PlanStore
  readonly #tables: ReturnType<typeof planTables>
  readonly #audit: ReturnType<typeof auditTables>
  #head: Head | undefined
  /** Whose ledger this is; undefined until the first request says so. */
  #name: string | undefined

  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env)
    migrate(state.storage)
    const sql = state.storage.sql
    this.#sql = sql
    const [last] = sql.exec<{ body: string }>(LAST).toArray()
    if (last !== undefined) this.#head = JSON.parse(last.body) as LedgerRecord
    this.#name = sql.exec<{ value: string }>("SELECT value FROM meta WHERE key = 'ledger'").toArray()[0]?.value
    this.#tables = planTables(sql)
    this.#audit = auditTables(sql)
    this.#store = {
      ...this.#tables,
      head: () => this.#head,
      append: (record) => {
        sql.exec(INSERT, record.seq, recordLine(record))
        this.#head = { seq: record.seq, hash: record.hash, time: record.time }
      },
      bucket: (owner, name) => sql.exec<BucketRow & Record<string, SqlStorageValue>>(BUCKET, owner, name).toArray()[0],
      putBucket: (owner, name, it) => {
        sql.exec(PUT_BUCKET, owner, name, it.level, it.at, it.capacity, it.refill, it.suppressed)
      },
    }
  }

  admit(ledger: string, request: AdmitRequest): Admission {
    return this.#transaction(ledger, request.now, () => admit(this.#store, ledger, request))
  }

  append(ledger: string, request: AppendRequest): Appended {
    return this.#transaction(ledger, request.now, () => append(this.#store, ledger, request))
  }

  /** What changes plans or switches (guard/plan-core). */
  change(ledger: string, request: PlanRequest): PlanAnswer {
    return this.#transaction(ledger, request.now, () => change(this.#store, ledger, request))
  }

  plan(ledger: string, id: string, now: number): PlanRow | undefined {
    this.#claim(ledger)
    return this.#tables.whole(id, now)
  }

  plans(ledger: string, query: PlansQuery, now: number): readonly PlanSummary[] {
    this.#claim(ledger)
    return this.#tables.list(query, now)
  }

  standing(ledger: string, owner: string): Standing {
    this.#claim(ledger)
    return standingOf(this.#tables.caller(ownerKey(owner)) ?? NO_PAST)
  }

  callers(ledger: string): readonly CallerRow[] {
    this.#claim(ledger)
    return this.#tables.callers()
  }

  switches(ledger: string): readonly SwitchRow[] {
    this.#claim(ledger)
    return this.#tables.switches()
  }

  read(ledger: string, after: number, limit: number): LedgerLines {
    this.#claim(ledger)
    const rows = this.#sql.exec<{ seq: number; body: string }>(PAGE, after, pageLimit(limit)).toArray()
    const lines = rows.map((row) => row.body)
    const last = rows.at(-1)?.seq ?? after
    return last < (this.#head?.seq ?? 0) ? { lines, next: last } : { lines }
  }

  status(ledger: string): LedgerStatus {
    this.#claim(ledger)
    const bytesUsed = this.#sql.databaseSize
    return {
      seq: this.#head?.seq ?? 0,
      head: this.#head?.hash ?? genesisHash(ledger),
      bytesUsed,
      bytesAvailable: Math.max(0, MAX_DATABASE_BYTES - bytesUsed),
      audit: this.#audit.state(),
    }
  }

  grow(ledger: string, growth: Growth): boolean {
    this.#claim(ledger)
    return this.ctx.storage.transactionSync(() => this.#audit.grow(growth))
  }

  tiles(ledger: string, keys: readonly string[]): Tile[] {
    this.#claim(ledger)
    return this.#audit.tiles(keys)
  }

  checkpoint(ledger: string, size: number): Checkpoint | undefined {
    this.#claim(ledger)
    return this.#audit.checkpoint(size)
  }

  mark(ledger: string, marks: Marks): void {
    this.#claim(ledger)
    this.ctx.storage.transactionSync(() => this.#audit.mark(marks))
  }

  prune(ledger: string, upTo: number): number {
    this.#claim(ledger)
    return this.ctx.storage.transactionSync(() => this.#audit.prune(upTo, this.#head?.seq ?? 0))
  }

  /**
   * The gateway's object only: remembers where each cluster's ledger lives, and answers with the place that was said
   * first. A ledger asked for in another jurisdiction would be another, empty one.
   */
  jurisdiction(ledger: string, wanted: string): string {
    this.#sql.exec('INSERT OR IGNORE INTO jurisdictions (ledger, jurisdiction) VALUES (?, ?)', ledger, wanted)
    return this.#sql
      .exec<{ jurisdiction: string }>('SELECT jurisdiction FROM jurisdictions WHERE ledger = ?', ledger)
      .one().jurisdiction
  }

  #claim(ledger: string): void {
    if (this.#name === ledger) return
    if (this.#name !== undefined) throw new Error(`Open ledger "${ledger}": this object holds "${this.#name}"`)
    this.#sql.exec("INSERT INTO meta (key, value) VALUES ('ledger', ?)", ledger)
    this.#name = ledger
  }

  #transaction<T>(ledger: string, now: number, work: () => T): T {
    this.#claim(ledger)
    const before = this.#head
    try {
      return this.ctx.storage.transactionSync(() => {
        const result = work()
        const written = this.#head?.seq ?? 0
        if (written !== before?.seq && written % PRUNE_EVERY === 0) {
          this.#sql.exec(PRUNE, now, PRUNE_ROWS)
          this.#tables.pruneCallers(now)
        }
        return result
      })
    } catch (error) {
      this.#head = before
      throw error
    }
  }
}
