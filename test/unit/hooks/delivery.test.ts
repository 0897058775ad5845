/** From a delivery to a kept report: every sender's own form, as docs/webhooks.md sends it. */
import { describe, expect, test } from 'vitest'
import { BulkheadError } from '../../../src/errors.ts'
import { CLAIM_MS, GIVE_UP_AFTER_MS } from '../../../src/guard/hooks/diagnoser.ts'
import { finding, HOOKS, hookBench, payload, reportOf } from '../../support/hook-bench.ts'

const WHERE = {
  am: { cluster: 'prod', namespace: 'shop', kind: 'Pod', name: 'cart-5d4f8c7b9-x2lq8' },
  basic: { cluster: 'prod', namespace: 'shop', kind: 'Pod', name: 'cart-5d4f8c7b9-x2lq8' },
  grafana: { cluster: 'prod', namespace: 'shop', kind: 'Deployment', name: 'cart' },
  pagerduty: { cluster: 'prod' },
  generic: { cluster: 'prod', namespace: 'shop', kind: 'Deployment', name: 'cart' },
} as const
const bodyOf = (hook: string) => payload(hook in HOOKS && !['am', 'basic'].includes(hook) ? hook : 'alertmanager')

describe.each(Object.entries(WHERE))('%s', (hook, scope) => {
  test('a delivery is answered with the address of a report that is then there, recorded all along', async () => {
    const bench = hookBench()
    const { status, body } = await bench.send(hook, bodyOf(hook))
    expect(status).toBe(202)
    expect(body).toEqual({ id: body.id, url: `https://bulkhead.example.com/console/reports/${body.id}` })
    expect(bench.looked).toEqual([])
    await bench.work()
    expect(bench.looked).toEqual([scope])
    const report = await bench.report(body.id)
    expect(report).toMatchObject({
      hook,
      status: 'firing',
      sections: [{ scope, report: { rootCauses: ['f1'] } }],
      history: [{ causes: ['pod-crash-loop: Pod shop/cart-5d4f8c7b9-x2lq8'] }],
    })
    expect((await bench.deliveries()).map((it) => [it.outcome, it.report])).toEqual([
      ['accepted', body.id],
      ['begun', body.id],
    ])
    const calls = (await bench.records('prod')).map((it) => [it.kind, 'caller' in it ? it.caller?.client : ''])
    expect(calls).toContainEqual(['call', `hook:${hook}`])
  })

  test('the same delivery again begins nothing while it is claimed, and refreshes the report later', async () => {
    const bench = hookBench()
    const first = await bench.send(hook, bodyOf(hook))
    expect((await bench.send(hook, bodyOf(hook))).body).toEqual(first.body)
    await bench.work()
    expect((await bench.send(hook, bodyOf(hook))).status).toBe(202)
    await bench.work()
    expect(bench.looked).toHaveLength(1)
    bench.ports.clock.advance(CLAIM_MS)
    await bench.work()
    expect(await bench.waiting()).toEqual([])
    expect((await bench.send(hook, bodyOf(hook))).body).toEqual(first.body)
    await bench.work()
    expect(bench.looked).toHaveLength(2)
    expect(await bench.list()).toHaveLength(1)
  })
})

const alerts = (change: (labels: Record<string, string>) => Record<string, string>, status = 'firing') => {
  const body = payload('alertmanager') as { alerts: { labels: Record<string, string>; startsAt: string }[] }
  return {
    ...body,
    status,
    alerts: body.alerts.map((it) => ({ ...it, status, labels: change(it.labels) })),
  }
}

describe('one report for a group of alerts', () => {
  test('is updated, and another group has another that nobody can guess', async () => {
    const bench = hookBench()
    const one = await bench.send('am', payload('alertmanager'))
    await bench.work()
    const resolved = await bench.send(
      'am',
      alerts((it) => it, 'resolved'),
    )
    const other = await bench.send('am', { ...payload('alertmanager'), groupKey: 'another' })
    expect(resolved.body.id).toBe(one.body.id)
    expect(other.body.id).not.toBe(one.body.id)
    expect(one.body.id).toMatch(/^am-[0-9a-f]{32}$/)
    await bench.work()
    expect((await bench.list()).map((it) => [it.id, it.status]).toSorted()).toEqual(
      [
        [one.body.id, 'resolved'],
        [other.body.id, 'firing'],
      ].toSorted(),
    )
    expect((await bench.report(one.body.id))?.history.map((it) => it.status)).toEqual(['resolved', 'firing'])
  })

  test('expires when reports.keep says so', async () => {
    const bench = hookBench({ config: { reports: { keep: '1h' } } })
    const { body } = await bench.send('am', payload('alertmanager'))
    await bench.work()
    bench.ports.clock.advance(3_600_000)
    expect(await bench.report(body.id)).toBeUndefined()
  })

  test('what happened earlier does not set back what happened later', async () => {
    const bench = hookBench()
    const { event } = payload('pagerduty') as { event: { data: object } }
    const at = (id: string, status: string, occurred_at: string) => ({
      event: { ...event, id, occurred_at, data: { ...event.data, status } },
    })
    const { body } = await bench.send('pagerduty', at('e2', 'resolved', '2026-10-31T23:59:00Z'))
    await bench.work()
    await bench.send('pagerduty', at('e1', 'triggered', '2026-10-31T23:52:00Z'))
    await bench.work()
    expect((await bench.report(body.id))?.status).toBe('resolved')
  })
})

describe('where it cannot look', () => {
  test('a cluster that is down: the report says so, people hear of it, and it is tried again until it is up', async () => {
    let down = true
    const bench = hookBench({
      diagnose(scope) {
        if (down) throw new BulkheadError('cluster_unreachable', 'The API server does not answer.')
        return reportOf(scope)
      },
    })
    const { body } = await bench.send('am', payload('alertmanager'))
    await bench.work()
    expect((await bench.report(body.id))?.sections).toMatchObject([
      { code: 'cluster_unreachable', reason: 'The API server does not answer.' },
    ])
    expect(bench.told().map((it) => it.title)).toEqual(['Alert: KubePodCrashLooping'])
    expect(bench.told()[0]?.facts['Not looked at']).toContain('The API server does not answer.')
    down = false
    bench.ports.clock.advance(20_000)
    await bench.work()
    expect((await bench.report(body.id))?.history).toHaveLength(2)
    expect(bench.told().map((it) => it.title)).toEqual(['Alert: KubePodCrashLooping', 'New cause: KubePodCrashLooping'])
  })

  test('a cluster that stays down is given up, and says so once', async () => {
    const bench = hookBench({
      diagnose() {
        throw new BulkheadError('cluster_unreachable', 'The API server does not answer.')
      },
    })
    const { body } = await bench.send('am', payload('alertmanager'))
    for (let minute = 0; minute < 120; minute += 1) {
      await bench.work()
      bench.ports.clock.advance(60_000)
    }
    await bench.work()
    expect(bench.looked.length).toBeGreaterThan(3)
    expect(bench.looked.length).toBeLessThan(12)
    expect((await bench.report(body.id))?.updated).toBeLessThanOrEqual(1_793_491_200_000 + GIVE_UP_AFTER_MS)
    expect((await bench.report(body.id))?.history).toHaveLength(1)
    expect(bench.told()).toHaveLength(1)
    expect(await bench.waiting()).toEqual([])
  })

  test('what was found before the cluster went down is kept beside the reason', async () => {
    let down = false
    const bench = hookBench({
      diagnose(scope) {
        if (down) throw new BulkheadError('cluster_forbidden', 'The credential may not.')
        return reportOf(scope)
      },
    })
    const { body } = await bench.send('am', payload('alertmanager'))
    await bench.work()
    down = true
    bench.ports.clock.advance(CLAIM_MS)
    await bench.work()
    await bench.send('am', payload('alertmanager'))
    await bench.work()
    expect((await bench.report(body.id))?.sections).toMatchObject([
      { code: 'cluster_forbidden', report: { rootCauses: ['f1'] } },
    ])
    expect(bench.told()).toHaveLength(1)
  })

  test('an alert for an unknown cluster: a report that says what to configure', async () => {
    const bench = hookBench()
    const { status, body } = await bench.send(
      'am',
      alerts((it) => ({ ...it, cluster: 'mars' })),
    )
    expect(status).toBe(202)
    await bench.work()
    expect(bench.looked).toEqual([])
    const [section] = (await bench.report(body.id))?.sections ?? []
    expect(section?.code).toBe('unknown_cluster')
    expect(section?.reason).toContain('cluster.map')
    expect(JSON.stringify(await bench.report(body.id))).not.toContain('mars')
    expect(bench.told()[0]?.facts['Not looked at']).toContain('unknown_cluster')
  })

  test('a pod that is gone: its namespace is looked at instead', async () => {
    const bench = hookBench({
      diagnose(scope) {
        if (scope.name !== undefined) throw new BulkheadError('not_found', 'There is none.')
        return reportOf(scope)
      },
    })
    const { body } = await bench.send('am', payload('alertmanager'))
    await bench.work()
    expect((await bench.report(body.id))?.sections).toMatchObject([
      { scope: { cluster: 'prod', namespace: 'shop' }, report: { rootCauses: ['f1'] } },
    ])
  })

  test('a hook that no rule names may look at nothing, and the report says what to do', async () => {
    const bench = hookBench({ config: { policy: [] } })
    const { body } = await bench.send('am', payload('alertmanager'))
    await bench.work()
    expect((await bench.report(body.id))?.sections).toMatchObject([{ code: 'unknown_tool' }])
    expect(JSON.stringify(await bench.report(body.id))).toContain('No policy rule lets this hook')
  })

  test('policy holds for a hook as for an agent', async () => {
    const policy = [
      {
        name: 'web',
        callers: ['hook:am'],
        namespaces: ['web'],
        verbs: ['get' as const, 'list' as const],
        decision: 'allow' as const,
      },
    ]
    const bench = hookBench({ config: { policy } })
    const { body } = await bench.send('am', payload('alertmanager'))
    await bench.work()
    expect((await bench.report(body.id))?.sections).toMatchObject([{ code: 'policy_denied' }])
    expect(bench.looked).toEqual([])
  })

  test('its budget is its own: what is more waits, and is done later', async () => {
    const bench = hookBench({ config: { hooks: { am: { ...HOOKS.am, diagnosesPerMinute: 2 } as never } } })
    for (const group of ['a', 'b', 'c', 'd', 'e'])
      await bench.send('am', { ...payload('alertmanager'), groupKey: group })
    await bench.work()
    expect(bench.looked).toHaveLength(2)
    bench.ports.clock.advance(60_000)
    await bench.work()
    expect(bench.looked).toHaveLength(4)
    bench.ports.clock.advance(60_000)
    await bench.work()
    expect(await bench.list()).toHaveLength(5)
  })
})

describe('people are told', () => {
  test('at first, when the set of root causes changes, and at the end; never of the same twice', async () => {
    let findings = [finding('f1'), finding('f2', { check: 'image-pull', severity: 'warning' })]
    const bench = hookBench({ diagnose: (scope) => reportOf(scope, findings) })
    const again = async (body: unknown) => {
      await bench.send('am', body)
      await bench.work()
      bench.ports.clock.advance(CLAIM_MS)
      await bench.work()
    }
    await again(payload('alertmanager'))
    findings = [findings[1], findings[0]].filter((it) => it !== undefined)
    await again(payload('alertmanager'))
    expect(bench.told().map((it) => it.title)).toEqual(['Alert: KubePodCrashLooping'])
    findings = [finding('f1', { check: 'oom-kill' })]
    await again(payload('alertmanager'))
    await again(alerts((it) => it, 'resolved'))
    await again(alerts((it) => it, 'resolved'))
    expect(bench.told().map((it) => it.title)).toEqual([
      'Alert: KubePodCrashLooping',
      'New cause: KubePodCrashLooping',
      'Resolved: KubePodCrashLooping',
    ])
    expect(bench.told()[0]?.facts.Cause).toContain('exit code 1')
    await again(payload('alertmanager'))
    expect(
      bench
        .told()
        .map((it) => it.title)
        .at(-1),
    ).toBe('Alert: KubePodCrashLooping')
  })

  test('above the minimum severity of the target', async () => {
    const target = hookConfigTarget('critical')
    const bench = hookBench({
      config: { notify: [target] },
      diagnose: (scope) => reportOf(scope, [finding('f1', { severity: 'warning' })]),
    })
    await bench.send('am', payload('alertmanager'))
    await bench.work()
    expect(bench.told()).toEqual([])
  })

  test('only by the targets of the hook', async () => {
    const bench = hookBench({ config: { hooks: { am: { ...HOOKS.am, notify: [] } as never } } })
    await bench.send('am', payload('alertmanager'))
    await bench.work()
    expect(bench.told()).toEqual([])
  })
})

function hookConfigTarget(minimumSeverity: 'critical') {
  return {
    name: 'own',
    webhook: { url: 'https://hooks.example.com/in', hmac: { secret: 'TARGET_KEY' } },
    on: ['report' as const],
    minimumSeverity,
  }
}
