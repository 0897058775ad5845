/**
 * Exporting a ledger to where the operator says (`audit.export`): every record and every checkpoint, in order, at least
 * once. Batches depend only on the ledger and on what was acknowledged, so a batch that is sent again is the same one.
 * Nothing is sent that is not proved to be what was signed: what counts as taken elsewhere may be deleted here. Where the
 * target stands dead, this waits and nothing else does.
 */
import type { AuditState, Checkpoint } from '../checkpoints.ts'
import type { Config } from '../config.ts'
import { backoffMs } from '../deadline.ts'
import { BulkheadError } from '../errors.ts'
import type { JobResult } from '../jobs.ts'
import type { Ledger, LedgerRecord, Millis, Ports } from '../ports.ts'
import { sha256Hex } from './chain.ts'
import { recordLeaf } from './checkpoint.ts'
import { isSigned } from './tree.ts'
import { isFault, type Known, step } from './verify.ts'

const DELIVERY_DEADLINE_MS: Millis = 10_000
/** A batch is kept in memory twice: as records and as text. A record is at most 64 KiB. */
const BATCH_RECORDS = 500
const BATCH_CHARACTERS = 1_000_000
/** A first retry comes soon: most failures are a moment's. One that lasts is asked four times an hour, for good. */
const AGAIN_MS: Millis = 5_000
const AGAIN_AT_MOST_MS: Millis = 15 * 60_000

/** Of a digest: 64 bits tell two bodies of one place apart. */
const KEY_DIGITS = 16

export interface EvidenceParts {
  readonly ports: Pick<Ports, 'ledgers' | 'checkpoints' | 'secrets' | 'notifier' | 'clock'>
  readonly target: NonNullable<Config['audit']['export']>
  /** The ledger's name. */
  readonly name: string
  /** Says that signed records are broken, and keeps that as the ledger's fault. Throws `ledger_unavailable`. */
  broken(audit: AuditState, seq: number): Promise<void>
}

/** Of a `LedgerFault` that the export found, and that only the export takes back. */
export const BROKEN_RECORDS = 'records'

interface Batch {
  readonly records: readonly LedgerRecord[]
  readonly lines: string
}

/** The records that stand after `after`, as they are stored, one a line; no more than there should be up to `until`. */
const nextBatch = async (ledger: Ledger, after: number, until: number): Promise<Batch> => {
  const { records } = await ledger.read(after, Math.min(BATCH_RECORDS, until - after))
  let lines = ''
  let count = 0
  for (const record of records) {
    const line = `${JSON.stringify(record)}\n`
    if (count > 0 && lines.length + line.length > BATCH_CHARACTERS) break
    lines += line
    count += 1
  }
  return { records: records.slice(0, count), lines }
}

/** The record at which these are not those that follow `after` in what was signed; undefined: they are. */
const brokenAt = async (
  { ports, name }: EvidenceParts,
  after: number,
  records: readonly LedgerRecord[],
  checkpoint: Checkpoint,
): Promise<number | undefined> => {
  const [first] = records
  if (first === undefined) return after + 1
  let known: Known = { seq: after, hash: first.prev }
  for (const record of records) {
    const next = step(known, record, name)
    if (isFault(next)) return next.seq
    known = next
  }
  // A chain that is whole may have been written anew.
  const leaves = records.map(({ hash }) => recordLeaf(hash))
  return (await isSigned(ports.checkpoints(name), after, leaves, checkpoint)) ? undefined : after + 1
}

type Post = (kind: 'records' | 'checkpoint', first: number, last: number, body: string) => Promise<void>

const CONTENT_TYPE = { records: 'application/x-ndjson', checkpoint: 'text/plain; charset=utf-8' } as const

/** A status, or what could not be done, as a code. */
class Undelivered extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** Records that are signed are not there, or are others. */
class Broken extends Undelivered {
  readonly seq: number
  constructor(seq: number) {
    super('records_broken')
    this.seq = seq
  }
}

const createPost = async ({ ports, target, name }: EvidenceParts, signal: AbortSignal): Promise<Post> => {
  const bearer = (await ports.secrets.get(target.bearer.secret)).trim()
  return async (kind, first, last, body) => {
    const headers = {
      authorization: `Bearer ${bearer}`,
      'content-type': CONTENT_TYPE[kind],
      // With what it holds: two bodies of one place are a fork, and whoever takes them must keep both.
      'idempotency-key': `${name}/${kind}/${first}-${last}/${sha256Hex(body).slice(0, KEY_DIGITS)}`,
      'bulkhead-ledger': name,
      'bulkhead-first': String(first),
      'bulkhead-last': String(last),
    }
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(DELIVERY_DEADLINE_MS)])
    const status = await ports.notifier.deliver(target.url, { headers, body }, deadline)
    if (status < 200 || status > 299) throw new Undelivered(`http_${status}`)
  }
}

/** One checkpoint and the records that lead to it, from `after` on. False: time is up, or somebody else was ahead. */
const exportTo = async (
  parts: EvidenceParts,
  post: Post,
  after: number,
  checkpoint: Checkpoint,
  fault: AuditState['fault'],
  signal: AbortSignal,
): Promise<boolean> => {
  const { ports, name } = parts
  const { size, note } = checkpoint
  const [ledger, checkpoints] = [ports.ledgers.ledger(name), ports.checkpoints(name)]
  for (let at = after; at < size; ) {
    if (signal.aborted) return false
    const { records, lines } = await nextBatch(ledger, at, size)
    const broken = await brokenAt(parts, at, records, checkpoint)
    if (broken !== undefined) {
      // Another run that brought them there may have let them be deleted meanwhile.
      if (exportedOf((await ledger.status()).audit) > at) return false
      throw new Broken(broken)
    }
    const last = at + records.length
    await post('records', at + 1, last, lines)
    at = last
    // The last batch counts only with its checkpoint: a record that is acknowledged is one that can be proved.
    if (at < size) await checkpoints.mark({ exported: at })
  }
  await post('checkpoint', size, size, note)
  const isMended = fault?.reason === BROKEN_RECORDS && fault.seq <= size
  await checkpoints.mark({ exported: size, exportTrouble: null, ...(isMended ? { fault: null } : {}) })
  return true
}

/** Where to go on: behind what was acknowledged, or what was deleted for its age before there was a target. */
const exportedOf = ({ exported = 0, pruned = 0 }: AuditState): number => Math.max(exported, pruned)

/** One attempt: everything up to the newest checkpoint, as far as the time reaches. Throws `ledger_unavailable`. */
export const exportLedger = async (parts: EvidenceParts, attempt: number, signal: AbortSignal): Promise<JobResult> => {
  const { ports, name } = parts
  const checkpoints = ports.checkpoints(name)
  const { audit } = await ports.ledgers.ledger(name).status()
  try {
    const post = await createPost(parts, signal)
    for (let after = exportedOf(audit); ; ) {
      const checkpoint = await checkpoints.checkpoint(after + 1)
      if (checkpoint === undefined) return { done: true }
      if (!(await exportTo(parts, post, after, checkpoint, audit.fault, signal))) return { done: false, afterMs: 1 }
      after = checkpoint.size
    }
  } catch (error) {
    if (error instanceof BulkheadError && error.code === 'ledger_unavailable') throw error
    // What was cut short by the end of this run's time is not the target's fault.
    if (signal.aborted && !(error instanceof Undelivered)) return { done: false, afterMs: 1 }
    // Not the words of the failure: they are the target's, or the runtime's with its address.
    const code = error instanceof Undelivered ? error.code : error instanceof BulkheadError ? error.code : 'unreachable'
    if (error instanceof Broken) await parts.broken(audit, error.seq)
    await checkpoints.mark({ exportTrouble: { code, since: audit.exportTrouble?.since ?? ports.clock.now() } })
    return { done: false, afterMs: backoffMs(attempt, AGAIN_MS, AGAIN_AT_MOST_MS), code }
  }
}
