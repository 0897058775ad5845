/** What every `Jobs` promises (src/jobs.ts): in memory, on a Durable Object and on Deno KV. */
import { MAX_JOBS_SHOWN, type RunJob } from '../../src/jobs.ts'
import { MAX_BACKLOG, RUN_AT_ONCE } from '../../src/platform/jobs-core.ts'
import { type Check, equal, ok, rejects } from './assert.ts'
import { createGate, DONE, job, type MadeJobs, type MakeJobs, nameOf, withShortDeadlines } from './jobs-parts.ts'

/** Whatever ran, by name, in order, and what it should do. */
const noting = (made: MadeJobs, run: RunJob = async () => DONE): string[] => {
  const ran: string[] = []
  made.runs(async (it, attempt, signal) => {
    ran.push(nameOf(it))
    return run(it, attempt, signal)
  })
  return ran
}

const check = (name: string, work: (made: MadeJobs) => Promise<void>): Check<MakeJobs> => ({
  name,
  run: (make) => make(work),
})

/** Nothing waits any more. */
const gone = ({ jobs, queue, until }: MadeJobs): Promise<void> =>
  until(async () => (await jobs.waiting(queue)).length === 0, 'an empty queue')

/** What waits says why. */
const told = ({ jobs, queue, until }: MadeJobs, code: string): Promise<void> =>
  until(async () => (await jobs.waiting(queue))[0]?.code === code, `the code ${code}`)

export const jobsContract: readonly Check<MakeJobs>[] = [
  check('a job begins at once, and is gone when it is done', async (made) => {
    const ran = noting(made)
    equal(await made.jobs.waiting(made.queue), [], 'before')
    await made.jobs.enqueue(made.queue, 'k', job('one'))
    await made.until(() => ran.length === 1, 'the run')
    await gone(made)
    equal(ran, ['one'], 'runs')
  }),

  check('a key that waits or runs is the same job; when it is done, the key is free', async (made) => {
    const gate = createGate()
    const ran = noting(made, async () => {
      await gate.passed()
      return DONE
    })
    await made.jobs.enqueue(made.queue, 'k', job('one'))
    await made.until(() => ran.length === 1, 'the run')
    await made.jobs.enqueue(made.queue, 'k', job('another'))
    equal(
      (await made.jobs.waiting(made.queue)).map((it) => it.job),
      [job('one')],
      'what waits',
    )
    gate.open()
    await gone(made)
    equal(ran, ['one'], 'runs')
    await made.jobs.enqueue(made.queue, 'k', job('another'))
    await made.until(() => ran.length === 2, 'the second run')
    equal(ran, ['one', 'another'], 'runs')
    await gone(made)
  }),

  check('a hundred times the same at once is one job', async (made) => {
    const gate = createGate()
    const held = noting(made, async () => {
      await gate.passed()
      return DONE
    })
    await Promise.all(Array.from({ length: 100 }, () => made.jobs.enqueue(made.queue, 'k', job('one'))))
    await made.until(() => held.length === 1, 'the run')
    gate.open()
    await gone(made)
    equal(held, ['one'], 'runs')
  }),

  check('a run that fails is tried again, later each time, and says why it waits', async (made) => {
    const times: number[] = []
    const attempts: number[] = []
    noting(made, async (_, attempt) => {
      times.push(made.now())
      attempts.push(attempt)
      if (attempt < 3) throw new Error('of no use')
      return DONE
    })
    await made.jobs.enqueue(made.queue, 'k', job('one'))
    await made.until(() => times.length === 1, 'the first attempt')
    await told(made, 'internal')
    await made.until(() => times.length === 3, 'the third attempt')
    equal(attempts, [1, 2, 3], 'attempts')
    const [first = 0, second = 0, third = 0] = times
    ok(second - first >= 1_000, `the second came after ${second - first} ms`)
    ok(third - second >= 2_000, `the third came after ${third - second} ms`)
    await gone(made)
  }),

  check('a run that is not finished comes again after its pause, which is no failure', async (made) => {
    const attempts: number[] = []
    const ran = noting(made, async (_, attempt) => {
      attempts.push(attempt)
      if (attempts.length === 1) return { done: false, afterMs: 50 }
      return attempts.length === 2 ? { done: false, afterMs: 50, code: 'not_ready' } : DONE
    })
    await made.jobs.enqueue(made.queue, 'k', job('one'))
    await made.until(() => ran.length === 3, 'the third run')
    equal(attempts, [1, 1, 2], 'attempts')
    await gone(made)
  }),

  check('what fails, and what takes its time, holds nobody up', async (made) => {
    const gate = createGate()
    const ran = noting(made, async (it) => {
      if (nameOf(it).startsWith('slow')) await gate.passed()
      if (nameOf(it).startsWith('bad')) throw new Error('of no use')
      return DONE
    })
    for (let slow = 1; slow < RUN_AT_ONCE; slow += 1)
      await made.jobs.enqueue(made.queue, `a${slow}`, job(`slow-${slow}`))
    for (let bad = 0; bad < 5; bad += 1) await made.jobs.enqueue(made.queue, `b${bad}`, job(`bad-${bad}`))
    const good = Array.from({ length: 10 }, (_, index) => `good-${index}`)
    await Promise.all(good.map((name) => made.jobs.enqueue(made.queue, `c${name}`, job(name))))
    await made.until(() => good.every((name) => ran.includes(name)), 'every job that is well')
    gate.open()
  }),

  check('no more run at once than may, and another queue does not wait for a full one', async (made) => {
    const gate = createGate()
    const ran = noting(made, async (it) => {
      if (nameOf(it) !== 'elsewhere') await gate.passed()
      return DONE
    })
    const names = Array.from({ length: RUN_AT_ONCE + 3 }, (_, index) => `k${index}`)
    for (const name of names) await made.jobs.enqueue(made.queue, name, job(name))
    await made.jobs.enqueue(made.other, 'k', job('elsewhere'))
    await made.until(() => ran.includes('elsewhere'), 'the other queue')
    equal(ran.filter((it) => it !== 'elsewhere').length, RUN_AT_ONCE, 'at once')
    gate.open()
    await made.until(() => names.every((name) => ran.includes(name)), 'all of them')
    await gone(made)
    equal(ran.length, names.length + 1, 'runs')
  }),

  check('a run is told to stop at its deadline, and left behind where it does not: nothing waits for ever', (made) =>
    withShortDeadlines(async () => {
      const signals: AbortSignal[] = []
      noting(made, async (_, __, signal) => {
        signals.push(signal)
        return signals.length <= RUN_AT_ONCE ? new Promise(() => undefined) : DONE
      })
      const names = Array.from({ length: RUN_AT_ONCE }, (_, index) => `k${index}`)
      for (const name of names) await made.jobs.enqueue(made.queue, name, job(name))
      await made.jobs.enqueue(made.queue, 'behind', job('behind'))
      await made.until(() => signals.length === 2 * RUN_AT_ONCE + 1, 'all of them, again')
      ok(
        signals.slice(0, RUN_AT_ONCE).every((it) => it.aborted),
        'each was told',
      )
      await gone(made)
    }),
  ),

  check('a run that was lost with its process is begun again', async (made) => {
    const gate = createGate()
    const lost = noting(made, async () => {
      await gate.passed()
      return DONE
    })
    await made.jobs.enqueue(made.queue, 'k', job('one'))
    await made.until(() => lost.length === 1, 'the run that is lost')
    await made.crash()
    const ran = noting(made)
    // Whoever asks finds it begun: no lease of a process that is gone is waited for.
    await made.jobs.waiting(made.queue)
    await made.until(() => ran.length === 1, 'the run after it')
    await gone(made)
    gate.open()
  }),

  check('what waits for its time is still there after a restart, with what is known of it', async (made) => {
    const before: number[] = []
    noting(made, async (_, attempt) => {
      before.push(attempt)
      throw new Error('of no use')
    })
    await made.jobs.enqueue(made.queue, 'k', job('one'))
    await made.until(() => before.length === 1, 'the first attempt')
    await told(made, 'internal')
    await made.crash()
    const after: number[] = []
    noting(made, async (_, attempt) => {
      after.push(attempt)
      return DONE
    })
    const [row] = await made.jobs.waiting(made.queue)
    equal([row?.key, row?.job, row?.code], ['k', job('one'), 'internal'], 'the row')
    await made.until(() => after.length === 1, 'the second attempt')
    equal(after, [2], 'attempts')
    await gone(made)
  }),

  check('what is more than can wait is refused; what waits is shown oldest first, and runs', async (made) => {
    const gate = createGate()
    const ran = noting(made, async () => {
      await gate.passed()
      return DONE
    })
    const enqueue = (index: number) => made.jobs.enqueue(made.queue, `k${index}`, job(`${index}`))
    await enqueue(0)
    await Promise.all(Array.from({ length: MAX_BACKLOG - 1 }, (_, index) => enqueue(index + 1)))
    await rejects(() => enqueue(MAX_BACKLOG), 'backlog_full', 'one too many')
    // One that waits is no new one.
    await enqueue(1)
    const shown = await made.jobs.waiting(made.queue)
    equal([shown.length, shown[0]?.key], [MAX_JOBS_SHOWN, 'k0'], 'what is shown')
    gate.open()
    await made.until(() => ran.length === MAX_BACKLOG, 'all of them')
    await gone(made)
    equal(new Set(ran).size, MAX_BACKLOG, 'each once')
  }),
]
