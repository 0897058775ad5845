/** What needs no clock: round trips of each tool and of a change, and the catalogue's tokens. */
import { tools } from '../../src/tools/index.ts'
import { countChangeTrips } from '../../test/support/change-trips.ts'
import { countTrips } from '../../test/support/trips.ts'
import { startDemoCluster } from '../demo/server.ts'
import { catalogueTokens } from './compare.ts'

const row = (name: string, width: number, requests: number, sequential: number, more = ''): void =>
  console.log(`  ${name.padEnd(width)}${String(requests).padStart(3)} ${sequential} in a row${more}`)

export const printTrips = async (): Promise<void> => {
  const demo = await startDemoCluster()
  try {
    console.log(
      '\nRequests to the API server, once discovery and the credential are known; in a row: one after the other',
    )
    for (const { tool, requests, sequential } of await countTrips(demo)) row(tool, 24, requests, sequential)
    console.log('\nA scale: the same, and round trips to durable storage')
    for (const { step, requests, sequential, durable } of await countChangeTrips(demo))
      row(step, 46, requests, sequential, `  ${String(durable).padStart(3)} durable`)
  } finally {
    await demo.stop()
  }
  console.log(`\nThe catalogue of all ${tools.length} tools: ${catalogueTokens()} tokens (o200k)`)
}
