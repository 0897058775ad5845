/** People are told, by targets that may be dead; policy judges what the API server would admit. */
import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { type ChangeBench, startChangeBench } from '../../support/change-bench.ts'

let bench: ChangeBench
afterEach(() => bench.stop())

const scale = { kind: 'Deployment', name: 'cart', namespace: 'shop', replicas: 4, reason: 'more <!channel> load' }

describe('notify', () => {
  test('tells that a plan waits, was decided and has ended, signed, with a link without power', async () => {
    const notify = [
      {
        name: 'own',
        webhook: { url: 'https://hooks.example.com/in', hmac: { secret: 'HOOK_KEY' } },
        on: ['plan', 'decision'],
      },
    ]
    bench = await startChangeBench({ config: { notify } })
    const { plan } = await bench.call('resources_scale', scale)
    const sam = await bench.signIn()
    await sam.approve(plan?.planId ?? '')
    await bench.work()
    await bench.work()
    const told = bench.ports.delivered.map(({ url, headers, body }) => {
      const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['bulkhead-signature'] ?? '') ?? []
      expect(mac).toBe(createHmac('sha256', 'of-no-use').update(`${seconds}.${body}`).digest('hex'))
      expect(url).toBe('https://hooks.example.com/in')
      return JSON.parse(body) as { title: string; url: string; facts: Record<string, string> }
    })
    expect(told.map((it) => it.title)).toEqual(
      expect.arrayContaining(['A plan waits for approval', 'A plan was approved', 'A plan ended: applied']),
    )
    expect(told[0]?.url).toBe(plan?.approveUrl)
    expect(told[0]?.facts.What).toContain('deployments.apps/scale "cart"')
  })

  test('a dead target blocks nothing, is tried again, and shows on the console', async () => {
    const notify = [
      { name: 'dead', webhook: { url: 'https://hooks.example.com/in', hmac: { secret: 'MISSING' } }, on: ['plan'] },
    ]
    bench = await startChangeBench({ config: { notify } })
    const { plan } = await bench.call('resources_scale', scale)
    expect(plan?.state).toBe('pending')
    await bench.work()
    const [waiting] = await bench.ports.jobs.waiting('notify-dead')
    expect(waiting).toMatchObject({ code: 'secret_unavailable' })
    const sam = await bench.signIn()
    expect((await sam.get('/console/health')).body).toContain('dead')
  })
})

describe('policy', () => {
  test('L3-4 judges the object as the API server would admit it, not as it was sent', async () => {
    const rule = (when: string) => [
      { name: 'look', groups: ['agents'], clusters: ['demo'], verbs: ['get', 'list'], decision: 'allow' },
      { name: 'admitted', groups: ['agents'], clusters: ['demo'], verbs: ['create', 'patch'], when, decision: 'allow' },
    ]
    // imagePullPolicy is a default of the API server's: the manifest says nothing of it.
    const when = "object.spec.template.spec.containers.all(c, c.imagePullPolicy == 'IfNotPresent')"
    bench = await startChangeBench({ config: { policy: rule(when) } })
    const { plan, text } = await bench.call('resources_apply', {
      manifest: JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'fresh', namespace: 'shop' },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: 'fresh' } },
          template: {
            metadata: { labels: { app: 'fresh' } },
            spec: { containers: [{ name: 'app', image: 'shop/cart:2.3.1' }] },
          },
        },
      }),
    })
    expect(plan?.state, text).toBe('applied')
  })
})
