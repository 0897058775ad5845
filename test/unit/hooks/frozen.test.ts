/** What alerts name is no doing of the hook's: whoever can word one must not be able to silence all of them. */
import { expect, test } from 'vitest'
import { HOOKS, hookBench, payload } from '../../support/hook-bench.ts'

test('L5-5 alerts that point to where a hook may not look are recorded, and the hook goes on', async () => {
  const watch = { denialsPerMinute: 1, freeze: true }
  const policy = [
    { name: 'not-there', groups: ['alerts'], clusters: ['*'], namespaces: ['payroll'], decision: 'deny' as const },
    { name: 'alerts', groups: ['alerts'], clusters: ['*'], decision: 'allow' as const },
  ]
  const bench = hookBench({ config: { watch, policy, hooks: { am: HOOKS.am as never } } })
  const about = (groupKey: string, namespace: string) => ({
    ...payload('alertmanager'),
    groupKey,
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'Bait', cluster: 'eu-1', namespace, deployment: 'cart' },
        startsAt: new Date(bench.ports.clock.now() - 60_000).toISOString(),
        fingerprint: groupKey,
      },
    ],
  })
  for (const [nth, namespace] of ['payroll', 'payroll', 'shop'].entries()) {
    expect((await bench.send('am', about(`bait ${nth}`, namespace))).status).toBe(202)
    await bench.work()
  }
  const fired = (await bench.records('prod')).flatMap((it) => (it.kind === 'watch' ? [`${it.rule} ${it.acted}`] : []))
  expect(fired).toContain('denialsPerMinute raised')
  expect(bench.looked).toHaveLength(1)
  const sent = await bench.send('am', about('real', 'shop'))
  await bench.work()
  const report = await bench.report(sent.body.id)
  expect(report?.sections.map(({ code }) => code)).toEqual([undefined])
})
