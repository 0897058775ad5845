/** Reports on the console: for operators, escaped, under the pages' own policy, in pages that do not end in the middle. */
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../src/report.ts'
import type { StoredReport } from '../../../src/reports.ts'
import { storedReport } from '../../contracts/reports.ts'
import { finding, reportOf } from '../../support/hook-bench.ts'
import { type ConsoleBench, consoleBench, signedIn } from './setup.ts'

const ID = `am-${'0'.repeat(32)}`
const MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>'

const keep = async (bench: ConsoleBench, more: Partial<StoredReport>) =>
  bench.ports.reports.put({ ...storedReport('x', bench.ports.clock.now()), id: ID, ...more })

const withFindings = (findings: readonly Finding[]): Partial<StoredReport> => ({
  sections: [
    {
      scope: { cluster: 'prod', namespace: 'shop' },
      at: 0,
      report: reportOf({ cluster: 'prod', namespace: 'shop' }, findings),
    },
  ],
})

describe('reports', () => {
  test('are for those who are signed in', async () => {
    const bench = consoleBench()
    await keep(bench, {})
    for (const path of ['/console/reports', `/console/reports/${ID}`]) {
      const response = await bench.browser().get(path)
      expect([response.status, response.headers.get('location')]).toEqual([
        303,
        `/console/sign-in?next=${encodeURIComponent(path)}`,
      ])
    }
  })

  test('hold no markup but ours, whatever a cluster or an alert is called, and run nothing', async () => {
    const bench = consoleBench()
    const hostile = finding(MARKUP, {
      check: MARKUP,
      summary: MARKUP,
      subject: { apiVersion: MARKUP, kind: MARKUP, namespace: MARKUP, name: MARKUP },
      evidence: [{ source: MARKUP, text: MARKUP }],
      remedies: [{ text: MARKUP, call: { tool: MARKUP, arguments: { [MARKUP]: MARKUP } } }],
    })
    await keep(bench, {
      ...withFindings([hostile, finding('f2', { causedBy: [MARKUP] })]),
      title: MARKUP,
      notes: [MARKUP],
      alerts: [{ name: MARKUP, status: 'firing', severity: 'info', summary: MARKUP }],
      history: [{ at: 0, status: 'firing', causes: [MARKUP] }],
    })
    const browser = await signedIn(bench)
    for (const path of ['/console/reports', `/console/reports/${ID}`]) {
      const response = await browser.get(path)
      const html = await response.text()
      expect(html).not.toMatch(/<script|<img/)
      expect(html).toContain('&lt;script&gt;')
      expect(html).not.toMatch(/ style=| on[a-z]+=["']/)
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'")
    }
  })

  test('every finding is in words once, also those that circle or hang on nothing', async () => {
    const bench = consoleBench()
    const findings = [
      finding('f1', { summary: 'first words' }),
      finding('f2', { summary: 'second words', causedBy: ['f1'] }),
      finding('f3', { summary: 'third words', causedBy: ['f4'] }),
      finding('f4', { summary: 'fourth words', causedBy: ['f3'] }),
      finding('f5', { summary: 'fifth words', causedBy: ['gone'] }),
    ]
    await keep(bench, withFindings(findings))
    const html = await (await (await signedIn(bench)).get(`/console/reports/${ID}`)).text()
    for (const [index, words] of ['first', 'second', 'third', 'fourth', 'fifth'].entries()) {
      expect(html.split(`id="finding-1-${index + 1}"`)).toHaveLength(2)
      expect(html).toContain(`${words} words`)
    }
  })

  test('one that is not there, or whose id is none, is 404 with a code', async () => {
    const browser = await signedIn(consoleBench())
    for (const id of [ID, 'x', '..%2f..%2fetc', `am-${'G'.repeat(32)}`]) {
      const response = await browser.get(`/console/reports/${id}`)
      expect(response.status).toBe(404)
      expect(await response.text()).toContain('report_unknown')
    }
  })

  test('the list goes on where a page ends', async () => {
    const bench = consoleBench()
    const ids = Array.from({ length: 60 }, (_, index) => `am-${index.toString(16).padStart(32, '0')}`)
    for (const [index, id] of ids.entries()) await keep(bench, { id, updated: bench.ports.clock.now() - index * 1_000 })
    const browser = await signedIn(bench)
    const first = await (await browser.get('/console/reports')).text()
    const older = /href="(\/console\/reports\?[^"]+)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const second = await (await browser.get(older)).text()
    const shown = [first, second].map((html) => [...html.matchAll(/reports\/(am-[0-9a-f]{32})"/g)].map(([, id]) => id))
    expect(shown.flat()).toEqual(ids)
    expect(second).not.toContain('Older reports')
    expect((await browser.get('/console/reports?before=x')).status).toBe(400)
  })
})
