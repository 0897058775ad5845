/** Ten thousand deliveries in a minute: bounded work, each answered, and nothing lost that was accepted. */
import { expect, test } from 'vitest'
import { MAX_BACKLOG } from '../../../src/platform/jobs-core.ts'
import { HOOKS, hookBench, payload } from '../../support/hook-bench.ts'

const DELIVERIES = 10_000
const AT_ONCE = 100
const MINUTE = 60_000
/** Below what the caller's budget of bytes lets through. */
const A_MINUTE = 60

test('a storm', async () => {
  const hooks = { am: { ...HOOKS.am, notify: [], diagnosesPerMinute: A_MINUTE } as never }
  const bench = hookBench({ config: { hooks } })
  const body = payload('alertmanager')
  const accepted = new Set<string>()
  const refused = new Map<string, number>()
  for (let from = 0; from < DELIVERIES; from += AT_ONCE) {
    const sent = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) => bench.send('am', { ...body, groupKey: `group ${from + index}` })),
    )
    bench.ports.clock.advance(MINUTE / (DELIVERIES / AT_ONCE))
    for (const { status, body: answered } of sent) {
      if (status === 202) accepted.add(answered.id ?? '')
      else refused.set(`${status} ${answered.code}`, (refused.get(`${status} ${answered.code}`) ?? 0) + 1)
    }
  }
  expect(accepted.size).toBe(MAX_BACKLOG)
  expect([...refused]).toEqual([['503 backlog_full', DELIVERIES - MAX_BACKLOG]])

  // What waits is done at the hook's own pace, however long that takes.
  for (let minutes = 0; minutes <= MAX_BACKLOG / A_MINUTE + 1; minutes += 1) {
    await bench.work()
    expect(bench.looked.length).toBeLessThanOrEqual((minutes + 1) * A_MINUTE + A_MINUTE)
    bench.ports.clock.advance(MINUTE)
  }
  for (const id of accepted) expect(await bench.report(id)).toBeDefined()
  expect(bench.looked).toHaveLength(MAX_BACKLOG)

  // The ledger has every acceptance, and of the rest a bounded number with the count of those held back.
  const ledger = bench.ports.ledgers.ledger('gateway')
  const kinds = new Map<string, number>()
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await ledger.read(after, 500)
    for (const it of page.records) if (it.kind === 'delivery') kinds.set(it.outcome, (kinds.get(it.outcome) ?? 0) + 1)
    after = page.next
  }
  expect(kinds.get('accepted')).toBe(MAX_BACKLOG)
  expect(kinds.get('backlog_full')).toBeLessThan(200)
}, 120_000)
