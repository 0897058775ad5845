/** Jobs on Deno KV keep the contract, also when the process ends under them. */
import type { Jobs, RunJob } from '../../src/jobs.ts'
import { createJobs } from '../../src/platform/deno/jobs.ts'
import { openStorage } from '../../src/platform/deno/storage.ts'
import { equal } from '../contracts/assert.ts'
import { jobsContract } from '../contracts/jobs.ts'
import { DONE, poll } from '../contracts/jobs-parts.ts'
import { withFolder } from './suites.ts'

for (const { name, run } of jobsContract) {
  Deno.test(`Jobs: ${name}`, () =>
    withFolder((folder) =>
      run(async (work) => {
        const path = `${folder}/bulkhead.kv`
        const failures: unknown[] = []
        let runJob: RunJob = async () => DONE
        const open = async () => {
          const storage = await openStorage(path)
          const jobs = createJobs(storage.kv, Date.now, (error) => failures.push(error))
          await jobs.start((...it) => runJob(...it))
          return { storage, jobs }
        }
        const close = () => {
          opened.jobs.stop()
          opened.storage.close()
        }
        let opened = await open()
        const through: Jobs = {
          enqueue: (...it) => opened.jobs.enqueue(...it),
          waiting: (queue) => opened.jobs.waiting(queue),
        }
        try {
          await work({
            jobs: through,
            queue: 'prod',
            other: 'notify-sre',
            runs(it) {
              runJob = it
            },
            now: Date.now,
            until: poll,
            async crash() {
              close()
              opened = await open()
            },
          })
        } finally {
          close()
        }
        equal(failures, [], 'failures that nobody was told of')
      }),
    ))
}
