/**
 * The `Checkpoints` port: the tree over one ledger's records and the signed heads of it, kept where the ledger is, and
 * what became of both elsewhere. It never slows `admit` down: each method is one short transaction of its own, and nobody
 * who waits for an answer waits for one.
 */
import type { Millis } from './ports.ts'

/** Up to 256 hashes of the tree in one row; `guard/tiles.ts` says which. */
export interface Tile {
  readonly key: string
  readonly hashes: Uint8Array
}

export interface Checkpoint {
  /** Records that it covers. */
  readonly size: number
  /** When it was signed. */
  readonly time: Millis
  /** The signed note. */
  readonly note: string
}

/** How far the tree has grown: to this record, which is checked. */
export interface Grown {
  readonly size: number
  readonly hash: string
  /** RFC 3339. */
  readonly time: string
}

/** What was found when a ledger was last looked through. */
export interface LedgerFault {
  /**
   * A `FaultReason`; `tree`: what is kept of the tree does not agree with the last checkpoint; `records`: what is kept of the
   * signed records is not what was signed, as the export found.
   */
  readonly reason: string
  readonly seq: number
  readonly since: Millis
}

export interface ExportTrouble {
  readonly code: string
  readonly since: Millis
}

/** What is known beside the chain itself; in every `LedgerStatus`. */
export interface AuditState {
  /** The oldest record that is kept; 0 where there is none. */
  readonly first: number
  /** Absent: nothing was looked through yet. */
  readonly grown?: Grown
  /** The newest. */
  readonly checkpoint?: Checkpoint
  /** While there is one nothing is signed. */
  readonly fault?: LedgerFault
  /** Records up to this one, with their checkpoint, were taken by `audit.export`. */
  readonly exported?: number
  readonly exportTrouble?: ExportTrouble
  /** Records up to this one may be deleted for their age: what is missing above was taken away by somebody. */
  readonly pruned?: number
}

export interface Growth {
  /** The size that it grows from. */
  readonly from: number
  readonly grown: Grown
  /** Those that changed, each as a whole. */
  readonly tiles: readonly Tile[]
  /** Of exactly `grown.size`. */
  readonly checkpoint?: Checkpoint
}

/** `null` takes away what was there. `exported` and `pruned` never go back. */
export interface Marks {
  readonly fault?: LedgerFault | null
  readonly exported?: number
  readonly exportTrouble?: ExportTrouble | null
  readonly pruned?: number
}

/** Every method throws `ledger_unavailable`. */
export interface Checkpoints {
  /** All of it or nothing. False: the tree has another size than `from` meanwhile, or this size is signed already. */
  grow(growth: Growth): Promise<boolean>
  /** Those of the named tiles that there are; at most `MAX_TILES` are asked for. */
  tiles(keys: readonly string[]): Promise<readonly Tile[]>
  /** The first checkpoint of at least this size. */
  checkpoint(size: number): Promise<Checkpoint | undefined>
  mark(marks: Marks): Promise<void>
  /**
   * Deletes the oldest records up to `upTo`, at most `MAX_LEDGER_PAGE` at a time: none above the newest checkpoint, and
   * never the last one, on which the next hangs. Says which record is the oldest now.
   */
  prune(upTo: number): Promise<number>
}
/** A proof in a tree of 2^48 leaves touches fewer than a hundred subtrees, most of them in the same few tiles. */
export const MAX_TILES = 64
