/** Plans, callers and switches in the tables of a ledger's Durable Object (schema.ts), and the questions about them. */
import { type CallerState, lastOf, NO_PAST, standingOf } from '../../guard/ledger-core.ts'
import { asOf } from '../../guard/plan-core.ts'
import { isOpen, type PlanRow, type PlanSummary } from '../../plan.ts'
import {
  CALLER_KEPT_MS,
  type CallerRow,
  MAX_PLANS_PAGE,
  PLAN_KEPT_MS,
  type PlansQuery,
  type Standing,
  type SwitchRow,
} from '../../plans.ts'

/** Old plans that one proposal removes: more than one is made at a time, so that they never pile up. */
const PRUNE_PLANS = 20
/** Callers that one pruning forgets. */
const PRUNE_CALLERS = 100
/** Buckets keep thousandths. */
const MILLI = 1000

const PLAN = 'SELECT body FROM plans WHERE id = ?'
const WHOLE = 'SELECT body, sealed FROM plans WHERE id = ?'
const NEW_PLAN =
  'INSERT INTO plans (id, owner, state, open, created, until, body, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
const SET_PLAN = 'UPDATE plans SET state = ?, open = ?, until = ?, body = ? WHERE id = ?'
const OPEN_PLANS = 'SELECT body FROM plans WHERE owner = ? AND open = 1'
const PRUNE = 'DELETE FROM plans WHERE id IN (SELECT id FROM plans WHERE until < ? LIMIT ?)'
const CALLER = 'SELECT readAt, approvedAt, raisedUntil, watched FROM callers WHERE owner = ?'
const SET_CALLER = `INSERT OR REPLACE INTO callers (owner, readAt, approvedAt, raisedUntil, last, watched)
  VALUES (?, ?, ?, ?, ?, ?)`
const PRUNE_OLD_CALLERS =
  'DELETE FROM callers WHERE owner IN (SELECT owner FROM callers WHERE last < ? ORDER BY last LIMIT ?)'
const SWITCH = 'SELECT body FROM switches WHERE key = ?'
const SET_SWITCH = 'INSERT OR REPLACE INTO switches (key, body) VALUES (?, ?)'
const CALLERS = `SELECT owner, MAX(at) AS at FROM (
    SELECT owner, at FROM buckets WHERE owner != '' UNION ALL SELECT owner, MAX(readAt, approvedAt) AS at FROM callers
  ) GROUP BY owner ORDER BY at DESC LIMIT ?`
const BUCKETS = "SELECT name, level, capacity FROM buckets WHERE owner = ? AND substr(name, 1, 1) != '~'"

type CallerColumns = Standing & { readonly watched: string | null } & Record<string, SqlStorageValue>
interface Row extends Record<string, SqlStorageValue> {
  body: string
}

export const planTables = (sql: SqlStorage) => {
  const one = <T>(query: string, key: string): T | undefined => {
    const [row] = sql.exec<Row>(query, key).toArray()
    return row === undefined ? undefined : (JSON.parse(row.body) as T)
  }
  const callerOf = (owner: string): CallerState | undefined => {
    const [row] = sql.exec<CallerColumns>(CALLER, owner).toArray()
    if (row === undefined) return undefined
    return { ...standingOf(row), ...(row.watched === null ? {} : { watched: JSON.parse(row.watched) }) }
  }
  return {
    plan: (id: string) => one<PlanSummary>(PLAN, id),
    putPlan(plan: PlanSummary, sealed?: string): void {
      const { id, owner, state, created } = plan
      const body = JSON.stringify(plan)
      const open = Number(isOpen(state))
      const until = plan.ended ?? plan.expires
      if (sealed === undefined) sql.exec(SET_PLAN, state, open, until, body, id)
      else {
        sql.exec(PRUNE, created - PLAN_KEPT_MS, PRUNE_PLANS)
        sql.exec(NEW_PLAN, id, owner, state, open, created, until, body, sealed)
      }
    },
    openPlans: (owner: string) =>
      sql
        .exec<Row>(OPEN_PLANS, owner)
        .toArray()
        .map(({ body }) => JSON.parse(body) as PlanSummary),
    caller: callerOf,
    putCaller(owner: string, state: CallerState): void {
      const { readAt, approvedAt, raisedUntil, watched } = state
      const kept = watched === undefined ? null : JSON.stringify(watched)
      sql.exec(SET_CALLER, owner, readAt, approvedAt, raisedUntil, lastOf(state), kept)
    },
    pruneCallers: (now: number) => void sql.exec(PRUNE_OLD_CALLERS, now - CALLER_KEPT_MS, PRUNE_CALLERS),
    freezeSwitch: (key: string) => one<SwitchRow>(SWITCH, key),
    putSwitch(key: string, row: SwitchRow): void {
      sql.exec(SET_SWITCH, key, JSON.stringify(row))
    },

    whole(id: string, now: number): PlanRow | undefined {
      const [row] = sql.exec<Row & { sealed: string }>(WHOLE, id).toArray()
      return row === undefined ? undefined : asOf({ ...JSON.parse(row.body), sealed: row.sealed } as PlanRow, now)
    },
    /** By state as it reads now: what has expired is looked at as well, so pages are filled from more rows. */
    list({ owner, states, limit, before }: PlansQuery, now: number): readonly PlanSummary[] {
      const most = Math.min(MAX_PLANS_PAGE, Math.max(1, limit))
      const found: PlanSummary[] = []
      const rows = sql.exec<Row>(
        `SELECT body FROM plans WHERE (created < ? OR (created = ? AND id < ?)) AND (? = '' OR owner = ?)
         ORDER BY created DESC, id DESC LIMIT ?`,
        before?.created ?? Number.MAX_SAFE_INTEGER,
        before?.created ?? 0,
        before?.id ?? '',
        owner ?? '',
        owner ?? '',
        states === undefined ? most : MAX_SCANNED,
      )
      for (const { body } of rows) {
        const plan = asOf(JSON.parse(body) as PlanSummary, now)
        if (states === undefined || states.includes(plan.state)) found.push(plan)
        if (found.length === most) break
      }
      return found
    },
    callers(): readonly CallerRow[] {
      const owners = sql.exec<{ owner: string }>(CALLERS, MAX_PLANS_PAGE).toArray()
      return owners.map(({ owner }) => {
        const state = callerOf(owner) ?? NO_PAST
        return {
          owner,
          ...standingOf(state),
          alerts: state.watched?.alerts ?? [],
          buckets: sql
            .exec<{ name: string; level: number; capacity: number }>(BUCKETS, owner)
            .toArray()
            .map(({ name, level, capacity }) => ({ name, level: level / MILLI, capacity: capacity / MILLI })),
        }
      })
    },
    switches: () =>
      sql
        .exec<Row>('SELECT body FROM switches')
        .toArray()
        .map(({ body }) => JSON.parse(body) as SwitchRow),
  }
}

/** Rows that a filtered page looks at: a week of plans of a busy cluster. */
const MAX_SCANNED = 2_000
