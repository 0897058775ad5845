/** Jobs that run twice, at once, or lose their process between two steps: one report, told once. */
import { expect, test } from 'vitest'
import type { Job } from '../../../src/jobs.ts'
import { memoryPorts } from '../../../src/platform/memory.ts'
import type { Reports } from '../../../src/reports.ts'
import { hookBench, payload, SECRETS } from '../../support/hook-bench.ts'

const AM = payload('alertmanager') as { alerts: object[] }
const signal = new AbortController().signal

test('two deliveries of one group at once are one report, told once, and neither is forgotten', async () => {
  const bench = hookBench()
  const { body } = await bench.send('am', AM)
  await bench.send('am', { ...AM, alerts: AM.alerts.map((it) => ({ ...it, fingerprint: 'another' })) })
  const jobs = await bench.ports.jobs.waiting('hook-am')
  expect(jobs).toHaveLength(2)
  await Promise.all(jobs.map(({ job }) => bench.app.runJob(job, 1, signal)))
  const report = await bench.report(body.id)
  expect(report?.deliveries).toHaveLength(2)
  expect(report?.telling).toBeUndefined()
  await bench.work()
  expect(bench.told()).toHaveLength(1)
})

test.each([
  ['in order', 0],
  ['the other way round', 1],
])('an alert and its end, looked at at once, %s: it is over', async (_, first) => {
  const bench = hookBench()
  const { body } = await bench.send('am', AM)
  await bench.send('am', { ...AM, status: 'resolved' })
  const jobs = await bench.ports.jobs.waiting('hook-am')
  for (const { job } of first === 0 ? jobs : jobs.toReversed()) await bench.app.runJob(job, 1, signal)
  expect((await bench.report(body.id))?.status).toBe('resolved')
})

test('a job that is run again after it was done does nothing', async () => {
  const bench = hookBench()
  await bench.send('am', AM)
  const [{ job } = { job: undefined as Job | undefined }] = await bench.ports.jobs.waiting('hook-am')
  if (job === undefined) throw new Error('no job waits')
  for (let run = 0; run < 3; run += 1) await bench.app.runJob(job, 1, signal)
  await bench.work()
  expect(bench.looked).toHaveLength(1)
  expect(bench.told()).toHaveLength(1)
})

test.each(['before it was kept', 'behind it'])(
  'a process that is lost when the report is kept, %s: told once',
  async (when) => {
    const ports = memoryPorts({ secrets: SECRETS })
    let lost = true
    const reports: Reports = {
      ...ports.reports,
      async put(report) {
        const kept = when === 'behind it' || !lost ? await ports.reports.put(report) : false
        if (!lost) return kept
        lost = false
        throw new Error('lost')
      },
    }
    const bench = hookBench({ ports: { ...ports, reports } })
    const { body } = await bench.send('am', AM)
    await bench.work()
    bench.ports.clock.advance(60_000)
    await bench.work()
    expect((await bench.report(body.id))?.sections).toHaveLength(1)
    expect(bench.told()).toHaveLength(1)
  },
)

test('a hook that is no longer configured leaves its jobs alone', async () => {
  const bench = hookBench()
  await bench.send('am', AM)
  const without = hookBench({ ports: bench.ports, config: { hooks: {} } })
  await without.work()
  expect(await bench.waiting()).toEqual([])
  expect(without.looked).toEqual([])
})
