/** Storage that never answers: whoever asks any port of it gets an answer all the same. */
import { afterEach, expect, test, vi } from 'vitest'
import { boundPorts, PORT_DEADLINE_MS } from '../../../src/guard/bounded.ts'
import { memoryPorts } from '../../../src/platform/memory.ts'

afterEach(() => vi.useRealTimers())

test('every kind of storage has a deadline, reports too', async () => {
  vi.useFakeTimers()
  const silent = () => new Promise<never>(() => undefined)
  const ports = memoryPorts()
  const bound = boundPorts({
    ...ports,
    ledgers: { ledger: () => ({ ...ports.ledgers.ledger('prod'), status: silent }) },
    plans: () => ({ ...ports.plans('prod'), standing: silent }),
    jobs: { ...ports.jobs, waiting: silent },
    reports: { ...ports.reports, get: silent },
  })
  const waits = [
    bound.ledgers.ledger('prod').status(),
    bound.plans('prod').standing('nobody'),
    bound.jobs.waiting('prod'),
    bound.reports.get('am-0'),
  ].map((it) => it.catch((error: { code?: string }) => error.code))
  await vi.advanceTimersByTimeAsync(PORT_DEADLINE_MS)
  expect(await Promise.all(waits)).toEqual(Array(4).fill('ledger_unavailable'))
})
