/** What the ledger's checks are made of. */
import { callerKey } from '../../src/access.ts'
import { verify } from '../../src/guard/verify.ts'
import type {
  AdmitRequest,
  BucketSpec,
  Ledger,
  LedgerEntry,
  LedgerRecord,
  Millis,
  RecordedAccess,
  RecordedCaller,
} from '../../src/ports.ts'
import { equal } from './assert.ts'

/** A new, empty ledger and what may happen to the platform under it. */
export interface MadeLedger {
  readonly name: string
  readonly ledger: Ledger
  /** Another ledger of the same platform, empty too. */
  readonly other: Ledger
  /** The process or object goes and comes again, in its own time; storage stays. */
  restart(): Promise<void>
}
export type MakeLedger = () => Promise<MadeLedger>

/** A ledger whose process or object can also go without notice: work under way may fail, what was answered must hold. */
export type MakeFragileLedger = () => Promise<MadeLedger & { crash(): Promise<void> }>

/** The clock stands still at this moment. */
export const NOW: Millis = Date.UTC(2026, 10, 1, 12)

export const agent: RecordedCaller = {
  kind: 'agent',
  issuer: 'bulkhead',
  client: 'ci-agent',
  subject: 'ci-agent',
  owner: 'maria@example.com',
}

const look: RecordedAccess = {
  verb: 'list',
  group: '',
  resource: 'pods',
  namespace: 'shop',
  decision: 'allow',
  rule: 'look',
}

export const call = (id: string, accesses: readonly RecordedAccess[] = [look]): LedgerEntry => ({
  kind: 'call',
  call: id,
  caller: agent,
  tool: 'pods_list',
  arguments: '0'.repeat(64),
  accesses,
})

export const refusal = (id: string, caller: RecordedCaller = agent): LedgerEntry => ({
  kind: 'refusal',
  call: id,
  caller,
  tool: 'pods_list',
  code: 'rate_limited',
  accesses: [look],
})

/** Refills in `perMs` milliseconds for each token; 0: never. */
export const bucket = (name: string, capacity: number, take: number, perMs = 0): BucketSpec => ({
  name,
  capacity,
  take,
  refill: perMs === 0 ? 0 : 1 / perMs,
})

export const admission = (id: string, buckets: readonly BucketSpec[], now: Millis = NOW): AdmitRequest => ({
  now,
  bucketOwner: callerKey(agent),
  buckets,
  entry: call(id),
  refused: refusal(id),
})

/** Every record, by pages of `limit`. */
export const readAll = async (ledger: Ledger, limit = 500): Promise<LedgerRecord[]> => {
  const records: LedgerRecord[] = []
  for (let after = 0; ; ) {
    const page = await ledger.read(after, limit)
    records.push(...page.records)
    if (page.next === undefined) return records
    after = page.next
  }
}

/** Reads everything and checks the chain, its end included. */
export const verified = async ({ ledger, name }: Pick<MadeLedger, 'ledger' | 'name'>): Promise<LedgerRecord[]> => {
  const records = await readAll(ledger)
  const { seq, head } = await ledger.status()
  equal(verify(records, { ledger: name, ...(seq === 0 ? {} : { head: { seq, hash: head } }) }), undefined, 'a fault')
  equal(records.length, seq, 'records up to the head')
  return records
}

/** How many of `count` parallel calls with a budget of 50 were admitted, refused, and lost on the way. */
export const rush = async (ledger: Ledger, count: number, prefix = 'c') => {
  const answers = await Promise.allSettled(
    Array.from({ length: count }, (_, index) => ledger.admit(admission(`${prefix}${index}`, [bucket('calls', 50, 1)]))),
  )
  const fulfilled = answers.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
  const admitted = fulfilled.filter((it) => it.admitted).length
  return { admitted, refused: fulfilled.length - admitted, lost: count - fulfilled.length }
}
