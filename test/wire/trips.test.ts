/** What a call costs in round trips to the API server, once discovery and the credential are known. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DemoCluster, startDemoCluster } from '../../scripts/demo/server.ts'
import { tools } from '../../src/tools/index.ts'
import { countTrips, type Trips } from '../support/trips.ts'

/** The bounds of a tool that the table does not have: as many requests as a Worker has connections. */
const MOST = { requests: 6, sequential: 3 } as const
const NONE = { requests: 0, sequential: 0 } as const
const ONE = { requests: 1, sequential: 1 } as const
const BOUNDS: Readonly<Record<string, { readonly requests: number; readonly sequential: number }>> = {
  clusters_list: ONE,
  namespaces_list: ONE,
  api_resources_list: NONE,
  resources_list: ONE,
  resources_get: ONE,
  // The object, then all that belongs to it at once.
  resources_describe: { requests: 4, sequential: 2 },
  // Nothing, once the type's schema is in the cache.
  resources_explain: ONE,
  pods_list: ONE,
  pods_get: ONE,
  pods_log: ONE,
  events_list: ONE,
  pods_top: ONE,
  // Usage, and beside it what is allocatable.
  nodes_top: { requests: 2, sequential: 1 },
  rollout_status: ONE,
  // The workload, then its revisions by the workload's selector.
  rollout_history: { requests: 2, sequential: 2 },
  helm_list: { requests: 2, sequential: 1 },
  // The shop is broken in six ways; a namespace with one cause takes about twelve (npm run bench).
  diagnose: { requests: 24, sequential: 4 },
  access_check: ONE,
  access_whoami: NONE,
}

let demo: DemoCluster
let counts: readonly Trips[]
beforeAll(async () => {
  demo = await startDemoCluster()
  counts = await countTrips(demo)
})
afterAll(() => demo?.stop())

// A gateway without a change credential offers nothing else.
const READING = tools.filter((tool) => tool.kind === 'read' && !tool.name.startsWith('plans_'))

test.each(READING.map((tool) => tool.name))('%s', (name) => {
  const trips = counts.find((it) => it.tool === name)
  expect(trips?.isError).toBe(false)
  const { requests, sequential } = BOUNDS[name] ?? MOST
  expect(trips?.requests).toBeLessThanOrEqual(requests)
  expect(trips?.sequential).toBeLessThanOrEqual(sequential)
})
