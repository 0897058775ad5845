/** What a call costs in round trips to the API server, once discovery and the credential are known. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DemoCluster, startDemoCluster } from '../../scripts/demo/server.ts'
import { tools } from '../../src/tools/index.ts'
import { type ChangeTrips, countChangeTrips } from '../support/change-trips.ts'
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
  // Thirteen lists and the events: what changed may stand in any kind, and only its own list tells. None waits for another,
  // but a Worker holds six connections.
  changes_list: { requests: 14, sequential: 3 },
  // The shop is broken in six ways; a namespace with one cause takes about twelve (npm run bench).
  // Six at a time, here too.
  diagnose: { requests: 30, sequential: 5 },
  access_check: ONE,
  access_whoami: NONE,
}

let demo: DemoCluster
let counts: readonly Trips[]
let changes: readonly ChangeTrips[]
beforeAll(async () => {
  demo = await startDemoCluster()
  counts = await countTrips(demo)
  changes = await countChangeTrips(demo)
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

/** Of a scale. A plan looks at the object, tries the change, and looks at its pods, budgets and services at once. */
const CHANGE_BOUNDS: Readonly<Record<string, Omit<ChangeTrips, 'step'>>> = {
  // In storage the call, the plan, its outcome, and what is known of the caller: here and, by watch rules, in the gateway.
  plan: { requests: 6, sequential: 3, durable: 5 },
  // Answered before anything is carried out: that is a job's.
  'the approval': { requests: 0, sequential: 0, durable: 3 },
  // The look, the dry run, the write; and in storage the plan, its first INTENT with its use, the OUTCOME.
  'apply, after the approval': { requests: 3, sequential: 3, durable: 3 },
  plans_get: { requests: 0, sequential: 0, durable: 4 },
  // The call waits for the job's end and asks for it, the first time after 50 ms.
  'plan and apply, where policy allows at once': { requests: 9, sequential: 6, durable: 14 },
}

test.each(Object.entries(CHANGE_BOUNDS))('a change: %s', (step, bounds) => {
  const trips = changes.find((it) => it.step === step)
  expect(trips?.requests).toBeLessThanOrEqual(bounds.requests)
  expect(trips?.sequential).toBeLessThanOrEqual(bounds.sequential)
  expect(trips?.durable).toBeLessThanOrEqual(bounds.durable)
})

test('every step of a change has its bounds', () => {
  expect(changes.map(({ step }) => step)).toEqual(Object.keys(CHANGE_BOUNDS))
})
