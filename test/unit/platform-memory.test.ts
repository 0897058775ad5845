/** The ports in memory keep the contracts. */
import { describe, test } from 'vitest'
import type { RunJob } from '../../src/jobs.ts'
import { memoryCache, memoryPorts, memorySecrets } from '../../src/platform/memory.ts'
import { createMemoryJobs } from '../../src/platform/memory-jobs.ts'
import { createMemoryShield } from '../../src/platform/shield.ts'
import { cacheContract } from '../contracts/cache.ts'
import { checkpointsContract } from '../contracts/checkpoints.ts'
import { jobsContract } from '../contracts/jobs.ts'
import { poll } from '../contracts/jobs-parts.ts'
import { ledgerContract } from '../contracts/ledger.ts'
import { plansContract } from '../contracts/plans.ts'
import { reportsContract } from '../contracts/reports.ts'
import { secretsContract } from '../contracts/secrets.ts'
import { ALLOWED, shieldContract } from '../contracts/shield.ts'
import { answer, transportContract } from '../contracts/transport.ts'
import { watchContract } from '../contracts/watch.ts'

const clock = { now: () => 1_793_491_200_000 }

describe('Ledger', () => {
  for (const { name, run } of ledgerContract)
    test(name, () =>
      run(async () => {
        const { ledgers } = memoryPorts()
        return {
          name: 'prod',
          ledger: ledgers.ledger('prod'),
          other: ledgers.ledger('test'),
          restart: async () => undefined,
        }
      }),
    )
})

describe('Plans', () => {
  for (const { name, run } of [...plansContract, ...watchContract])
    test(name, () =>
      run(async () => {
        const { ledgers, plans } = memoryPorts()
        return {
          name: 'prod',
          ledger: ledgers.ledger('prod'),
          other: ledgers.ledger('test'),
          plans: plans('prod'),
          restart: async () => undefined,
        }
      }),
    )
})

describe('Checkpoints', () => {
  for (const { name, run } of checkpointsContract)
    test(name, () =>
      run(async () => {
        const { ledgers, checkpoints } = memoryPorts()
        return {
          name: 'prod',
          ledger: ledgers.ledger('prod'),
          other: ledgers.ledger('test'),
          checkpoints: checkpoints('prod'),
          restart: async () => undefined,
        }
      }),
    )
})

describe('Jobs', () => {
  /** How far the clock goes between two looks. */
  const STEP_MS = 100
  for (const { name, run } of jobsContract)
    test(name, () =>
      run(async (work) => {
        let now = clock.now()
        let runJob: RunJob = async () => ({ done: true })
        const jobs = createMemoryJobs(() => now)
        const begin = () => void jobs.run((...it) => runJob(...it))
        jobs.onEnqueue(begin)
        await work({
          jobs,
          queue: 'prod',
          other: 'notify-sre',
          runs(it) {
            runJob = it
          },
          now: () => now,
          until: (isSo, what) =>
            poll(isSo, what, () => {
              now += STEP_MS
              begin()
            }),
          crash: async () => jobs.restart(),
        })
      }),
    )
})

describe('Reports', () => {
  for (const { name, run } of reportsContract)
    test(name, () =>
      run(async () => {
        const { reports, clock } = memoryPorts()
        return { reports, now: () => clock.now(), advance: (ms) => clock.advance(ms) }
      }),
    )
})

describe('Cache', () => {
  for (const { name, run } of cacheContract) test(name, () => run(async () => memoryCache(clock)))
})

describe('Secrets', () => {
  for (const { name, run } of secretsContract) test(name, () => run(async (values) => memorySecrets(values)))
})

describe('Shield', () => {
  for (const { name, run } of shieldContract)
    test(name, () => run(async () => createMemoryShield(clock, { requests: ALLOWED, periodMs: 10_000 })))
})

describe('Transport', () => {
  for (const { name, run } of transportContract)
    test(name, () =>
      run(async () => {
        let seen = 0
        const ports = memoryPorts({
          clusters: {
            prod: {
              server: 'https://10.0.0.1:6443/base/',
              async send(url, init) {
                seen++
                return answer(new Request(url, init))
              },
            },
          },
        })
        return { transport: await ports.transport('prod', 'read'), seen: async () => seen }
      }),
    )
})
