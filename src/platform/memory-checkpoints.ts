/** The `Checkpoints` port in memory, over the lines of a ledger in memory. */
import type { AuditState, Checkpoint, Checkpoints, Tile } from '../checkpoints.ts'
import { auditState, grows, type Marked, marked, prunedUpTo } from './checkpoints-core.ts'

/** The ledger's lines; `pruned` of them are gone. */
export interface MemoryLines {
  readonly lines: string[]
  pruned: number
}

export interface MemoryCheckpoints {
  readonly checkpoints: Checkpoints
  state(): AuditState
}

export const createMemoryCheckpoints = (
  kept: MemoryLines,
  operate: <T>(operation: keyof Checkpoints, work: () => T) => Promise<T>,
): MemoryCheckpoints => {
  const tiles = new Map<string, Tile>()
  const notes: Checkpoint[] = []
  let grown: AuditState['grown']
  let marks: Marked = {}
  const state = (): AuditState => auditState(kept.lines.length === 0 ? 0 : kept.pruned + 1, grown, notes.at(-1), marks)
  return {
    state,
    checkpoints: {
      grow: (growth) =>
        operate('grow', () => {
          if (!grows(grown, notes.at(-1), growth)) return false
          for (const tile of structuredClone(growth.tiles)) tiles.set(tile.key, tile)
          grown = growth.grown
          if (growth.checkpoint !== undefined) notes.push(growth.checkpoint)
          return true
        }),
      tiles: (keys) => operate('tiles', () => structuredClone(keys.flatMap((key) => tiles.get(key) ?? []))),
      checkpoint: (size) => operate('checkpoint', () => notes.find((it) => it.size >= size)),
      mark: (it) =>
        operate('mark', () => {
          marks = marked(marks, it)
        }),
      prune: (upTo) =>
        operate('prune', () => {
          const until = prunedUpTo(upTo, state(), kept.pruned + kept.lines.length)
          const count = Math.max(0, until - kept.pruned)
          kept.lines.splice(0, count)
          kept.pruned += count
          return state().first
        }),
    },
  }
}
