/**
 * Alerts that were answered 202, and the process killed without notice while they are looked at: each has its report after
 * the restart, shown once, and nobody need ask for it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signInAt, type WireOperator } from './operator.ts'
import { HOOK_TOKEN, type Killable, pause, startKillable } from './product.ts'
import { randomFrom } from './random.ts'

const KILLS = 8
const ALERTS_A_KILL = 4
/** From the first answer to the last report on this machine, roughly: moments are drawn from it. */
const SPAN_MS = 400
const REPORTS_DEADLINE_MS = 90_000
const SEED = Number(process.env.BULKHEAD_SEED ?? Math.floor(Math.random() * 2 ** 31))

const random = randomFrom(SEED)
let product: Killable
let operator: WireOperator
beforeAll(async () => {
  process.stderr.write(`BULKHEAD_SEED=${SEED}\n`)
  product = await startKillable(random, {
    am: { type: 'alertmanager', bearer: { secret: 'HOOK_TOKEN' }, cluster: 'demo', groups: ['agents'] },
  })
  operator = await signInAt(product.origin, product.gateway.operatorKey)
})
afterAll(() => product?.stop())

/** Alertmanager's form, version 4. */
const payload = (group: number) => ({
  version: '4',
  groupKey: `{}:{alertname="KubePodCrashLooping", group="${group}"}`,
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'bulkhead',
  groupLabels: { alertname: 'KubePodCrashLooping' },
  commonLabels: { alertname: 'KubePodCrashLooping', namespace: 'shop', severity: 'critical' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager.example.com',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'KubePodCrashLooping', namespace: 'shop', deployment: 'checkout', severity: 'critical' },
      annotations: {},
      startsAt: '2026-11-28T03:00:00Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: '',
      fingerprint: `f${group}`,
    },
  ],
})

/** The report's id where it was accepted; undefined: no answer came. */
const send = async (group: number): Promise<string | undefined> => {
  try {
    const answer = await fetch(`${product.origin}/hooks/am`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${HOOK_TOKEN}` },
      body: JSON.stringify(payload(group)),
      signal: AbortSignal.timeout(10_000),
    })
    const body = (await answer.json()) as { readonly id?: string }
    expect(answer.status, JSON.stringify(body)).toBe(202)
    return body.id
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

test(`${KILLS} kills: what was answered 202 has its report, once`, async () => {
  const accepted = new Set<string>()
  for (let kill = 0; kill < KILLS; kill += 1) {
    const pid = product.pid()
    const sent = Array.from({ length: ALERTS_A_KILL }, (_, index) => send(kill * ALERTS_A_KILL + index))
    await pause(random.below(SPAN_MS))
    process.kill(pid, 'SIGKILL')
    for (const id of await Promise.all(sent)) if (id !== undefined) accepted.add(id)
    await product.back(pid)
  }
  expect(accepted.size).toBeGreaterThan(0)
  const missing = async (): Promise<readonly string[]> => {
    const pages = await Promise.all(
      [...accepted].map(async (id) => ({ id, ...(await operator.page(`/console/reports/${id}`)) })),
    )
    return pages.filter(({ status, html }) => status !== 200 || !html.includes('pod-crash-loop')).map(({ id }) => id)
  }
  await expect.poll(missing, { timeout: REPORTS_DEADLINE_MS, interval: 1_000 }).toEqual([])
  const { html } = await operator.page('/console/reports')
  for (const id of accepted) expect(html.split(`href="/console/reports/${id}"`)).toHaveLength(2)
})
