/** Reports on a Durable Object keep the contract, and what has expired goes by itself. */

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import type { BulkheadEnv } from '../../src/platform/cloudflare/index.ts'
import { createReports } from '../../src/platform/cloudflare/reports.ts'
import { type MadeReports, reportsContract, storedReport } from '../contracts/reports.ts'

const bindings = env as unknown as BulkheadEnv
let made = 0

/** Every test gets an object of its own. */
const make = async (): Promise<MadeReports> => {
  const name = `reports-${made++}`
  const own = { getByName: () => bindings.REPORTS.getByName(name) } as unknown as BulkheadEnv['REPORTS']
  let ahead = 0
  const start = Date.now()
  const now = () => start + ahead
  return {
    reports: createReports(own, now),
    now,
    advance(ms) {
      ahead += ms
    },
  }
}

describe('Reports on a Durable Object', () => {
  for (const { name, run } of reportsContract) test(name, () => run(make))

  test('the alarm removes what has expired', async () => {
    const reports = createReports(bindings.REPORTS)
    await reports.put(storedReport('old', Date.now(), { expires: Date.now() + 1 }))
    await reports.put(storedReport('new', Date.now()))
    const stub = bindings.REPORTS.getByName('reports')
    await runDurableObjectAlarm(stub)
    await expect
      .poll(() => runInDurableObject(stub, (_, state) => state.storage.sql.exec('SELECT id FROM reports').toArray()))
      .toEqual([{ id: 'am-new' }])
  })
})
