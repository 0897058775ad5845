/** The ports in memory keep the contracts. */
import { describe, test } from 'vitest'
import { memoryCache, memoryPorts, memorySecrets } from '../../src/platform/memory.ts'
import { createMemoryShield } from '../../src/platform/shield.ts'
import { cacheContract } from '../contracts/cache.ts'
import { ledgerContract } from '../contracts/ledger.ts'
import { plansContract } from '../contracts/plans.ts'
import { reportsContract } from '../contracts/reports.ts'
import { secretsContract } from '../contracts/secrets.ts'
import { ALLOWED, shieldContract } from '../contracts/shield.ts'
import { answer, transportContract } from '../contracts/transport.ts'

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
  for (const { name, run } of plansContract)
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
