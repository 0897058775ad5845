/** The tree, the checkpoints and what became of them, in the tables of a ledger's Durable Object (schema.ts). */
import type { AuditState, Checkpoint, Growth, Marks, Tile } from '../../checkpoints.ts'
import { auditState, grows, type Marked, marked, prunedUpTo } from '../checkpoints-core.ts'

const FIRST = 'SELECT seq FROM records ORDER BY seq LIMIT 1'
const NEWEST = 'SELECT size, time, note FROM checkpoints ORDER BY size DESC LIMIT 1'
const AT_LEAST = 'SELECT size, time, note FROM checkpoints WHERE size >= ? ORDER BY size LIMIT 1'
const PUT_CHECKPOINT = 'INSERT INTO checkpoints (size, time, note) VALUES (?, ?, ?)'
const TILE = 'SELECT hashes FROM tiles WHERE key = ?'
const PUT_TILE = 'INSERT OR REPLACE INTO tiles (key, hashes) VALUES (?, ?)'
const MARK = 'SELECT value FROM audit WHERE key = ?'
const PUT_MARK = 'INSERT OR REPLACE INTO audit (key, value) VALUES (?, ?)'
const PRUNE = 'DELETE FROM records WHERE seq <= ?'

export const auditTables = (sql: SqlStorage) => {
  const row = <T>(key: 'grown' | 'marks'): T | undefined => {
    const [found] = sql.exec<{ value: string }>(MARK, key).toArray()
    return found === undefined ? undefined : (JSON.parse(found.value) as T)
  }
  const put = (key: 'grown' | 'marks', value: unknown) => void sql.exec(PUT_MARK, key, JSON.stringify(value))
  const one = (query: string, ...bindings: number[]): Checkpoint | undefined =>
    sql.exec<{ size: number; time: number; note: string }>(query, ...bindings).toArray()[0]
  const state = (): AuditState =>
    auditState(
      sql.exec<{ seq: number }>(FIRST).toArray()[0]?.seq ?? 0,
      row('grown'),
      one(NEWEST),
      row<Marked>('marks') ?? {},
    )
  return {
    state,
    checkpoint: (size: number) => one(AT_LEAST, size),
    tiles: (keys: readonly string[]): Tile[] =>
      keys.flatMap((key) =>
        sql
          .exec<{ hashes: ArrayBuffer }>(TILE, key)
          .toArray()
          .map(({ hashes }) => ({ key, hashes: new Uint8Array(hashes) })),
      ),
    /** In the caller's transaction, like all that follow. */
    grow(growth: Growth): boolean {
      if (!grows(row('grown'), one(NEWEST), growth)) return false
      for (const { key, hashes } of growth.tiles) sql.exec(PUT_TILE, key, new Uint8Array(hashes).buffer)
      put('grown', growth.grown)
      const { checkpoint } = growth
      if (checkpoint !== undefined) sql.exec(PUT_CHECKPOINT, checkpoint.size, checkpoint.time, checkpoint.note)
      return true
    },
    mark: (marks: Marks) => put('marks', marked(row<Marked>('marks') ?? {}, marks)),
    prune(upTo: number, last: number): number {
      sql.exec(PRUNE, prunedUpTo(upTo, state(), last))
      return state().first
    },
  }
}
