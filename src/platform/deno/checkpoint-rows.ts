/** The `Checkpoints` port in rows of Deno KV, beside the ledger's own. None of them touches the head: `admit` never waits. */
import type { AuditState, Checkpoint, Checkpoints, Growth, Tile } from '../../checkpoints.ts'
import { auditState, grows, type Marked, marked, prunedUpTo } from '../checkpoints-core.ts'
import { checkpointKey, checkpointPrefix, grownKey, marksKey, recordKey, recordPrefix, tileKey } from './keys.ts'

/** Deno KV takes at most ten keys at once. */
const MAX_GET = 10
/** Two jobs of one ledger may mark at once; more than that do not. */
const MARK_TRIES = 5

const firstOf = async (kv: Deno.Kv, ledger: string): Promise<number> => {
  for await (const { key } of kv.list({ prefix: recordPrefix(ledger) }, { limit: 1 })) return Number(key.at(-1))
  return 0
}

const firstCheckpoint = async (kv: Deno.Kv, ledger: string, size: number | undefined) => {
  const prefix = checkpointPrefix(ledger)
  const list =
    size === undefined
      ? kv.list<Checkpoint>({ prefix }, { limit: 1, reverse: true })
      : kv.list<Checkpoint>({ prefix, start: checkpointKey(ledger, size) }, { limit: 1 })
  for await (const { value } of list) return value
  return undefined
}

export const readAudit = async (kv: Deno.Kv, ledger: string): Promise<AuditState> => {
  const [first, checkpoint, [grown, marks]] = await Promise.all([
    firstOf(kv, ledger),
    firstCheckpoint(kv, ledger, undefined),
    kv.getMany<[AuditState['grown'], Marked]>([grownKey(ledger), marksKey(ledger)]),
  ])
  return auditState(first, grown.value ?? undefined, checkpoint, marks.value ?? {})
}

/** `last`: the ledger's last record. */
export const checkpointRows = (
  kv: Deno.Kv,
  ledger: string,
  last: () => Promise<number>,
): { [K in keyof Checkpoints]: Checkpoints[K] } => ({
  async grow(growth: Growth) {
    const stored = await kv.get<NonNullable<AuditState['grown']>>(grownKey(ledger))
    if (!grows(stored.value ?? undefined, await firstCheckpoint(kv, ledger, undefined), growth)) return false
    const atomic = kv.atomic().check(stored).set(grownKey(ledger), growth.grown)
    for (const { key, hashes } of growth.tiles) atomic.set(tileKey(ledger, key), hashes)
    const { checkpoint } = growth
    if (checkpoint !== undefined) atomic.set(checkpointKey(ledger, checkpoint.size), checkpoint)
    return (await atomic.commit()).ok
  },
  async tiles(keys) {
    const found: Tile[] = []
    for (let from = 0; from < keys.length; from += MAX_GET) {
      const some = keys.slice(from, from + MAX_GET)
      const rows = await kv.getMany<Uint8Array[]>(some.map((key) => tileKey(ledger, key)))
      for (const [index, { value }] of rows.entries())
        if (value !== null) found.push({ key: some[index] ?? '', hashes: value })
    }
    return found
  },
  checkpoint: (size) => firstCheckpoint(kv, ledger, size),
  async mark(marks) {
    for (let tries = 0; tries < MARK_TRIES; tries += 1) {
      const stored = await kv.get<Marked>(marksKey(ledger))
      const result = await kv
        .atomic()
        .check(stored)
        .set(marksKey(ledger), marked(stored.value ?? {}, marks))
        .commit()
      if (result.ok) return
    }
    throw new Error(`Mark ledger "${ledger}": others wrote ${MARK_TRIES} times meanwhile`)
  },
  async prune(upTo) {
    const state = await readAudit(kv, ledger)
    const until = prunedUpTo(upTo, state, await last())
    const atomic = kv.atomic()
    for (let seq = Math.max(1, state.first); seq <= until; seq += 1) atomic.delete(recordKey(ledger, seq))
    await atomic.commit()
    return Math.max(state.first, until + 1)
  },
})
