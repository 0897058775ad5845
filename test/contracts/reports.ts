/** What every `Reports` promises (src/reports.ts): in memory, on a Durable Object and on Deno KV. */
import { MAX_REPORT_BYTES, MAX_REPORTS_PAGE, type Reports, type StoredReport } from '../../src/reports.ts'
import { type Check, equal, ok, rejection } from './assert.ts'

export interface MadeReports {
  readonly reports: Reports
  /** The storage's clock, which stands still until it is moved. */
  advance(ms: number): void
  readonly now: () => number
}
export type MakeReports = () => Promise<MadeReports>

const HOUR = 3_600_000

export const storedReport = (id: string, now: number, more: Partial<StoredReport> = {}): StoredReport => ({
  id: `am-${id}`,
  hook: 'am',
  revision: 1,
  title: 'KubePodCrashLooping',
  status: 'firing',
  severity: 'warning',
  created: now,
  updated: now,
  expires: now + HOUR,
  event: now,
  alerts: [{ name: 'KubePodCrashLooping', status: 'firing', severity: 'warning', summary: 'It crashes.' }],
  leftOut: 0,
  notes: [],
  sections: [
    {
      scope: { cluster: 'prod', namespace: 'shop' },
      at: now,
      code: 'cluster_unreachable',
      reason: 'It does not answer.',
    },
  ],
  history: [{ at: now, status: 'firing', causes: ['pod-crash-loop: Pod shop/cart-0'] }],
  deliveries: [],
  ...more,
})

export const reportsContract: readonly Check<MakeReports>[] = [
  {
    name: 'what was put is there, whole; what was not is undefined',
    async run(make) {
      const { reports, now } = await make()
      const report = storedReport('a', now(), { title: 'ключ €\u{1f4a1}' })
      equal(await reports.get('am-a'), undefined, 'before')
      equal(await reports.put(report), true, 'put')
      equal(await reports.get('am-a'), report, 'after')
      equal(await reports.get('am-b'), undefined, 'another')
    },
  },
  {
    name: 'only the next revision replaces: of two who were as fast, one learns it',
    async run(make) {
      const { reports, now } = await make()
      equal(await reports.put(storedReport('a', now(), { revision: 2 })), false, 'a second without a first')
      equal(await reports.put(storedReport('a', now())), true, 'the first')
      equal(await reports.put(storedReport('a', now())), false, 'another first')
      const seconds = ['resolved', 'firing'] as const
      const put = await Promise.all(
        seconds.map((status) => reports.put(storedReport('a', now(), { revision: 2, status }))),
      )
      equal(put.filter(Boolean).length, 1, 'who won')
      equal((await reports.get('am-a'))?.status, seconds[put.indexOf(true)], 'what is kept')
      equal((await reports.get('am-a'))?.revision, 2, 'the revision')
    },
  },
  {
    name: 'a report as large as may be comes back whole, also in place of a larger and a smaller one',
    async run(make) {
      const { reports, now } = await make()
      const texts = ['x'.repeat(MAX_REPORT_BYTES - 2_000), 'short', 'ы'.repeat(200_000)]
      for (const [index, text] of texts.entries()) {
        equal(await reports.put(storedReport('a', now(), { notes: [text], revision: index + 1 })), true, `put ${index}`)
        ok((await reports.get('am-a'))?.notes[0] === text, `the text ${index}`)
      }
      const huge = storedReport('b', now(), { notes: ['x'.repeat(MAX_REPORT_BYTES)] })
      ok((await rejection(() => reports.put(huge), 'too large')) instanceof RangeError, 'too large')
      equal(await reports.get('am-b'), undefined, 'what was too large')
    },
  },
  {
    name: 'a list is in the order of the last update, in pages, and says what a page shows',
    async run(make) {
      const { reports, now } = await make()
      for (const [index, id] of ['a', 'b', 'c', 'd'].entries())
        await reports.put(storedReport(id, now(), { updated: now() + index }))
      await reports.put(storedReport('a', now(), { updated: now() + 9, revision: 2, status: 'resolved' }))
      const first = await reports.list({ limit: 3 })
      equal(
        first.map((it) => it.id),
        ['am-a', 'am-d', 'am-c'],
        'the first page',
      )
      const [newest] = first
      equal(newest?.status, 'resolved', 'its status')
      equal(newest?.scopes, [{ cluster: 'prod', namespace: 'shop' }], 'its scopes')
      equal(newest?.causes, ['pod-crash-loop: Pod shop/cart-0'], 'its causes')
      const last = first.at(-1)
      ok(last !== undefined, 'a last one')
      const rest = await reports.list({ limit: 3, before: last })
      equal(
        rest.map((it) => it.id),
        ['am-b'],
        'the second page',
      )
    },
  },
  {
    name: 'a page is bounded, and reports of one moment are each on one page',
    async run(make) {
      const { reports, now } = await make()
      const ids = Array.from({ length: MAX_REPORTS_PAGE + 5 }, (_, index) => `r${String(index).padStart(3, '0')}`)
      await Promise.all(ids.map((id) => reports.put(storedReport(id, now()))))
      const first = await reports.list({ limit: 1_000 })
      equal(first.length, MAX_REPORTS_PAGE, 'the first page')
      const last = first.at(-1)
      ok(last !== undefined, 'a last one')
      const rest = await reports.list({ limit: 1_000, before: last })
      equal(
        [...first, ...rest].map((it) => it.id).toSorted(),
        ids.map((id) => `am-${id}`),
        'all of them',
      )
    },
  },
  {
    name: 'what has expired is not there, and its group begins anew',
    async run(make) {
      const { reports, now, advance } = await make()
      await reports.put(storedReport('a', now()))
      await reports.put(storedReport('b', now(), { expires: now() + 2 * HOUR }))
      advance(HOUR)
      equal(await reports.get('am-a'), undefined, 'the expired one')
      equal(
        (await reports.list({ limit: 10 })).map((it) => it.id),
        ['am-b'],
        'the list',
      )
      equal(await reports.put(storedReport('a', now())), true, 'the first again')
      equal((await reports.get('am-a'))?.created, now(), 'the new one')
    },
  },
]
