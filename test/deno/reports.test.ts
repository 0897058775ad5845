/** Reports on Deno KV keep the contract, also over a restart. */
import { createReports } from '../../src/platform/deno/reports.ts'
import { openStorage } from '../../src/platform/deno/storage.ts'
import { equal, rejects } from '../contracts/assert.ts'
import { reportsContract, storedReport } from '../contracts/reports.ts'
import { withFolder } from './suites.ts'

const START = Date.now()

for (const { name, run } of reportsContract) {
  Deno.test(`Reports: ${name}`, () =>
    withFolder(async (folder) => {
      const { kv, close } = await openStorage(`${folder}/bulkhead.kv`)
      let ahead = 0
      const now = () => START + ahead
      try {
        await run(async () => ({
          reports: createReports(kv, now),
          now,
          advance(ms) {
            ahead += ms
          },
        }))
      } finally {
        close()
      }
    }))
}

Deno.test('Reports: what was put is there after a restart, and a storage that is closed is a coded error', () =>
  withFolder(async (folder) => {
    const before = await openStorage(`${folder}/bulkhead.kv`)
    const closed = createReports(before.kv, () => START)
    const report = storedReport('a', START)
    await closed.put(report)
    before.close()
    await rejects(() => closed.get('am-a'), 'ledger_unavailable', 'a closed storage')
    const { kv, close } = await openStorage(`${folder}/bulkhead.kv`)
    equal(await createReports(kv, () => START).get('am-a'), report, 'after the restart')
    close()
  }))
