/** Jobs on a Durable Object keep the contract, when it is lost without notice, too; and an alarm comes for what it left. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, test } from 'vitest'
import type { RunJob } from '../../src/jobs.ts'
import type { BulkheadEnv } from '../../src/platform/cloudflare/index.ts'
import { createJobs, JobsObject } from '../../src/platform/cloudflare/jobs.ts'
import { LOST_AFTER_MS } from '../../src/platform/jobs-core.ts'
import { jobsContract } from '../contracts/jobs.ts'
import { createGate, DONE, job, type MadeJobs, nameOf, poll } from '../contracts/jobs-parts.ts'

const { JOBS } = env as unknown as BulkheadEnv
const jobs = createJobs(JOBS)

let made = 0
const runs = (run: RunJob): void => {
  JobsObject.runner = () => run
}
const make = (): MadeJobs => {
  made += 1
  const own = new Set<string>()
  return {
    jobs: {
      async enqueue(queue, key, it) {
        own.add(nameOf(it))
        await jobs.enqueue(queue, key, it)
      },
      waiting: jobs.waiting,
    },
    queue: `prod-${made}`,
    other: `notify-${made}`,
    // All queues have one runner here: what another test left behind comes to it, too, and is let go.
    runs: (run) => runs(async (it, ...rest) => (own.has(nameOf(it)) ? run(it, ...rest) : DONE)),
    now: Date.now,
    until: poll,
    crash: () => abortAllDurableObjects(),
  }
}
afterEach(() => runs(async () => DONE))

describe('Jobs', () => {
  for (const { name, run } of jobsContract) test(name, () => run((work) => work(make())), 30_000)
})

describe('the alarm', () => {
  const object = (queue: string) => JOBS.getByName(queue)

  test('comes for a run whose object was lost, and nobody need ask', async () => {
    const { queue, until } = make()
    const gate = createGate()
    let lost = 0
    runs(async () => {
      lost += 1
      await gate.passed()
      return DONE
    })
    await jobs.enqueue(queue, 'k', job('one'))
    await until(() => lost === 1, 'the run that is lost')
    await abortAllDurableObjects()
    let after = 0
    runs(async () => {
      after += 1
      return DONE
    })
    expect(await runDurableObjectAlarm(object(queue))).toBe(true)
    await until(() => after === 1, 'the run after it')
    expect(await jobs.waiting(queue)).toEqual([])
    gate.open()
  })

  test('stands where the run counts as lost, not at once: it must not spin while the hands are full', async () => {
    const { queue, until } = make()
    const gate = createGate()
    let begun = 0
    runs(async () => {
      begun += 1
      await gate.passed()
      return DONE
    })
    for (let index = 0; index < 6; index += 1) await jobs.enqueue(queue, `k${index}`, job('one'))
    await until(() => begun === 4, 'as many as may')
    const alarm = await runInDurableObject(object(queue), (_, { storage }) => storage.getAlarm())
    expect(alarm).toBeGreaterThan(Date.now() + LOST_AFTER_MS / 2)
    gate.open()
    await until(() => begun === 6, 'all of them')
  })
})
