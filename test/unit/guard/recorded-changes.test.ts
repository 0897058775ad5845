/** What a ledger tells of changes: what became of each write, and only of objects that this caller may read. */
import { describe, expect, test } from 'vitest'
import type { Access, Caller } from '../../../src/access.ts'
import { recordedChanges } from '../../../src/guard/recorded-changes.ts'
import type { LedgerEntry, LedgerRecord, RecordedCaller } from '../../../src/ports.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const HOUR = 3_600_000
const AGENT: RecordedCaller = { kind: 'agent', issuer: 'bulkhead', client: 'ci-agent', subject: 'ci-agent' }
const CALLER: Caller = { ...AGENT, groups: ['agents'] }

const intent = (plan: string, name: string, more: object = {}): LedgerEntry => ({
  kind: 'intent',
  plan,
  step: 0,
  caller: AGENT,
  operation: {
    operation: 'patch',
    verb: 'patch',
    group: 'apps',
    resource: 'deployments',
    namespace: 'shop',
    name,
    ...more,
  },
})
const effect = (plan: string, outcome: string): LedgerEntry => ({
  kind: 'effect',
  plan,
  step: 0,
  outcome,
  reconciled: false,
})
const plan = (id: string, tool: string): LedgerEntry => ({
  kind: 'plan',
  plan: id,
  caller: AGENT,
  tool,
  decision: 'allow',
  digest: '',
  policy: '',
  expires: NOW,
  tainted: false,
  operations: [],
})

/** The last entry is of `NOW`, each one before a second older unless `ages` says. */
const ledgerOf = (entries: readonly LedgerEntry[], ageOf = (back: number) => back * 1000) => {
  const reads: number[] = []
  const records = entries.map(
    (entry, index) =>
      ({
        ...entry,
        seq: index + 1,
        time: new Date(NOW - ageOf(entries.length - 1 - index)).toISOString(),
      }) as LedgerRecord,
  )
  return {
    reads,
    async status() {
      return { seq: records.length, head: '', bytesUsed: 0, bytesAvailable: 0, audit: { first: 1 } }
    },
    async read(after: number, limit: number) {
      reads.push(after)
      return { records: records.slice(after, after + limit) }
    },
  }
}

const look = (ledger: ReturnType<typeof ledgerOf>, mayRead: (access: Access) => boolean = () => true) =>
  recordedChanges({
    ledger,
    cluster: 'prod',
    caller: CALLER,
    policy: {
      decide: ({ access }) => ({ decision: mayRead(access) ? 'allow' : 'deny', by: 'policy', reason: '' }),
    },
    since: NOW - HOUR,
    now: NOW,
  })

describe('changes', () => {
  test('are told with caller, tool and outcome, newest first, and unknown where nothing says how it ended', async () => {
    const ledger = ledgerOf([
      plan('p1', 'resources_scale'),
      intent('p1', 'cart', { subresource: 'scale' }),
      effect('p1', 'done'),
      { ...intent('p0', 'web'), caller: { ...AGENT, client: 'app', subject: 'maria' } } as LedgerEntry,
    ])
    expect(await look(ledger)).toEqual({
      complete: true,
      changes: [
        {
          time: new Date(NOW).toISOString(),
          caller: 'app for maria',
          operation: 'patch',
          group: 'apps',
          resource: 'deployments',
          namespace: 'shop',
          name: 'web',
          outcome: 'unknown',
        },
        {
          time: new Date(NOW - 2000).toISOString(),
          caller: 'ci-agent',
          tool: 'resources_scale',
          operation: 'patch',
          group: 'apps',
          resource: 'deployments',
          subresource: 'scale',
          namespace: 'shop',
          name: 'cart',
          outcome: 'done',
        },
      ],
    })
  })

  test('of objects that the caller may not read are not told, nor those without a name', async () => {
    const { name: _, ...nameless } = { name: '' }
    const ledger = ledgerOf([
      intent('p1', 'cart'),
      intent('p2', 'hidden', { namespace: 'vault' }),
      {
        ...intent('p3', ''),
        operation: { operation: 'create', verb: 'create', group: '', resource: 'pods', ...nameless },
      } as LedgerEntry,
    ])
    const asked: Access[] = []
    const { changes } = await look(ledger, (access) => {
      asked.push(access)
      return access.namespace !== 'vault'
    })
    expect(changes.map((it) => it.name)).toEqual(['cart'])
    expect(asked.map(({ verb }) => verb)).toEqual(['get', 'get'])
  })

  test('older than asked for are left out', async () => {
    const ledger = ledgerOf([intent('p1', 'old'), intent('p2', 'new')], (back) => back * 2 * HOUR)
    expect((await look(ledger)).changes.map((it) => it.name)).toEqual(['new'])
  })
})

describe('reading back', () => {
  const many = (count: number) => Array.from({ length: count }, (_, it) => intent(`p${it}`, `n${it}`))

  test('of an empty ledger is complete', async () => {
    expect(await look(ledgerOf([]))).toEqual({ changes: [], complete: true })
  })

  test('stops at the page that reaches back far enough', async () => {
    const ledger = ledgerOf(
      Array.from({ length: 1200 }, () => effect('p', 'done')),
      (back) => back * 10_000,
    )
    expect((await look(ledger)).complete).toBe(true)
    expect(ledger.reads).toEqual([700])
  })

  test('is bounded in pages and in changes, and says so', async () => {
    const ledger = ledgerOf(
      Array.from({ length: 5000 }, () => effect('p', 'done')),
      (back) => back,
    )
    expect((await look(ledger)).complete).toBe(false)
    expect(ledger.reads).toEqual([4500, 4000, 3500, 3000])
    const { changes, complete } = await look(ledgerOf(many(300), (back) => back))
    expect({ count: changes.length, newest: changes[0]?.name, complete }).toEqual({
      count: 200,
      newest: 'n299',
      complete: false,
    })
  })
})
