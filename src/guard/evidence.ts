/**
 * Exporting a ledger to where the operator says (`audit.export`): every record and every checkpoint, in order, at least
 * once. Batches depend only on the ledger and on what was acknowledged, so a batch that is sent again is the same one.
 * Where the target stands dead, this waits and nothing else does.
 */
import type { AuditState, Checkpoint } from '../checkpoints.ts'
import type { Config } from '../config.ts'
import { BulkheadError } from '../errors.ts'
import type { JobResult } from '../jobs.ts'
import type { Ledger, LedgerRecord, Millis, Ports } from '../ports.ts'

const DELIVERY_DEADLINE_MS: Millis = 10_000
/** A batch is kept in memory twice: as records and as text. A record is at most 64 KiB. */
const BATCH_RECORDS = 500
const BATCH_CHARACTERS = 1_000_000
/** A first retry comes soon: most failures are a moment's. One that lasts is asked four times an hour, for good. */
const AGAIN_MS: Millis = 5_000
const AGAIN_AT_MOST_MS: Millis = 15 * 60_000

export interface EvidenceParts {
  readonly ports: Pick<Ports, 'ledgers' | 'checkpoints' | 'secrets' | 'notifier' | 'clock'>
  readonly target: NonNullable<Config['audit']['export']>
  /** The ledger's name. */
  readonly name: string
}

interface Batch {
  readonly first: number
  readonly last: number
  readonly lines: string
}

/** Records after `after`, as they are stored, one a line; never beyond `until`. */
const nextBatch = async (ledger: Ledger, after: number, until: number): Promise<Batch | undefined> => {
  const { records } = await ledger.read(after, Math.min(BATCH_RECORDS, until - after))
  let lines = ''
  let last: LedgerRecord | undefined
  for (const record of records) {
    const line = `${JSON.stringify(record)}\n`
    if (last !== undefined && lines.length + line.length > BATCH_CHARACTERS) break
    lines += line
    last = record
  }
  const [first] = records
  return first === undefined || last === undefined ? undefined : { first: first.seq, last: last.seq, lines }
}

type Post = (kind: 'records' | 'checkpoint', first: number, last: number, body: string) => Promise<void>

const CONTENT_TYPE = { records: 'application/x-ndjson', checkpoint: 'text/plain; charset=utf-8' } as const

/** Throws a status or what could not be done as a code. */
class Undelivered extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

const createPost = async ({ ports, target, name }: EvidenceParts, signal: AbortSignal): Promise<Post> => {
  const bearer = (await ports.secrets.get(target.bearer.secret)).trim()
  return async (kind, first, last, body) => {
    const headers = {
      authorization: `Bearer ${bearer}`,
      'content-type': CONTENT_TYPE[kind],
      'idempotency-key': `${name}/${kind}/${first}-${last}`,
      'bulkhead-ledger': name,
      'bulkhead-first': String(first),
      'bulkhead-last': String(last),
    }
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(DELIVERY_DEADLINE_MS)])
    const status = await ports.notifier.deliver(target.url, { headers, body }, deadline)
    if (status < 200 || status > 299) throw new Undelivered(`http_${status}`)
  }
}

/** One checkpoint and the records that lead to it, from `after` on. False: time is up. */
const exportTo = async (
  { ports, name }: EvidenceParts,
  post: Post,
  after: number,
  { size, note }: Checkpoint,
  signal: AbortSignal,
): Promise<boolean> => {
  const [ledger, checkpoints] = [ports.ledgers.ledger(name), ports.checkpoints(name)]
  for (let at = after; at < size; ) {
    if (signal.aborted) return false
    const batch = await nextBatch(ledger, at, size)
    if (batch === undefined) throw new Undelivered('records_missing')
    await post('records', batch.first, batch.last, batch.lines)
    at = batch.last
    // The last batch counts only with its checkpoint: a record that is acknowledged is one that can be proved.
    if (at < size) await checkpoints.mark({ exported: at })
  }
  await post('checkpoint', size, size, note)
  await checkpoints.mark({ exported: size, exportTrouble: null })
  return true
}

/** Where to go on: behind what was acknowledged, or at the oldest record that there still is. */
const exportedOf = ({ exported = 0, first }: AuditState): number => Math.max(exported, first - 1)

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
      if (!(await exportTo(parts, post, after, checkpoint, signal))) return { done: false, afterMs: 1 }
      after = checkpoint.size
    }
  } catch (error) {
    if (error instanceof BulkheadError && error.code === 'ledger_unavailable') throw error
    // What was cut short by the end of this run's time is not the target's fault.
    if (signal.aborted && !(error instanceof Undelivered)) return { done: false, afterMs: 1 }
    // Not the words of the failure: they are the target's, or the runtime's with its address.
    const code = error instanceof Undelivered ? error.code : error instanceof BulkheadError ? error.code : 'unreachable'
    await checkpoints.mark({ exportTrouble: { code, since: audit.exportTrouble?.since ?? ports.clock.now() } })
    return { done: false, afterMs: Math.min(AGAIN_AT_MOST_MS, AGAIN_MS * 2 ** Math.min(attempt, 12)), code }
  }
}
