/** What every platform decides alike about a ledger's tree, pure: whether it grows, what a mark leaves, what may be deleted. */
import type { AuditState, Growth, Marks } from '../checkpoints.ts'
import { MAX_LEDGER_PAGE } from '../ports.ts'

/** What stands beside the tree, as one row. */
export type Marked = Pick<AuditState, 'fault' | 'exported' | 'exportTrouble' | 'pruned'>

/** `newest`: the newest checkpoint. One size is signed once. */
export const grows = (grown: AuditState['grown'], newest: AuditState['checkpoint'], growth: Growth): boolean => {
  const { from, grown: next, checkpoint } = growth
  if (next.size < from || (checkpoint !== undefined && checkpoint.size !== next.size))
    throw new RangeError(`Grow a tree from ${from} to ${next.size}: not a growth, or its checkpoint is of another size`)
  return (grown?.size ?? 0) === from && (checkpoint === undefined || checkpoint.size > (newest?.size ?? 0))
}

const put = <T>(before: T | undefined, mark: T | null | undefined): T | undefined =>
  mark === undefined ? before : (mark ?? undefined)

export const marked = (before: Marked, marks: Marks): Marked => {
  const fault = put(before.fault, marks.fault)
  const exportTrouble = put(before.exportTrouble, marks.exportTrouble)
  const exported = Math.max(before.exported ?? 0, marks.exported ?? 0)
  const pruned = Math.max(before.pruned ?? 0, marks.pruned ?? 0)
  return {
    ...(fault === undefined ? {} : { fault }),
    ...(exportTrouble === undefined ? {} : { exportTrouble }),
    ...(exported === 0 ? {} : { exported }),
    ...(pruned === 0 ? {} : { pruned }),
  }
}

/** The last record that one pruning deletes; below `first` where it deletes none. `last`: the ledger's last record. */
export const prunedUpTo = (upTo: number, { first, checkpoint }: AuditState, last: number): number =>
  Math.min(upTo, checkpoint?.size ?? 0, last - 1, first + MAX_LEDGER_PAGE - 1)

export const auditState = (
  first: number,
  grown: AuditState['grown'],
  checkpoint: AuditState['checkpoint'],
  marks: Marked,
): AuditState => ({
  first,
  ...(grown === undefined ? {} : { grown }),
  ...(checkpoint === undefined ? {} : { checkpoint }),
  ...marks,
})
