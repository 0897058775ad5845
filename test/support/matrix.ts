/**
 * Acceptance, the first point: every read tool on the demo and on the real control plane, on both platforms, for clients of
 * both eras. The four pairs of platform and client are run in full on each cluster (test/wire/demo.test.ts,
 * test/cluster/tools.test.ts): more than pairwise, since a row costs a second. What a row is comes from the index of tools, so
 * that a new one fails here until it has its call.
 */
import { expect } from 'vitest'
import { tools } from '../../src/tools/index.ts'
import { goodCalls, type Place } from './calls.ts'
import type { ToolReply, WireClient } from './clients.ts'

export const READ_TOOLS: readonly string[] = tools.filter(({ kind }) => kind === 'read').map(({ name }) => name)

/** What the row needs of a gateway beside reading: plans can be made, and wait for somebody. */
export const MATRIX_POLICY = (cluster: string) => [
  {
    name: 'look',
    groups: ['agents'],
    clusters: [cluster],
    verbs: ['get', 'list'],
    resources: ['*'],
    decision: 'allow',
  },
  {
    name: 'change',
    groups: ['agents'],
    clusters: [cluster],
    verbs: ['patch'],
    decision: 'approve',
    approvers: ['operators'],
  },
]

/** More than any workload of a test has. */
const REPLICAS = 9

/** Every read tool once, each with what its answer must show. The plan that two of them look at is made before, and taken back. */
export const runRow = async (
  client: Pick<WireClient, 'call'>,
  place: Omit<Place, 'plan'>,
  look: (tool: string, reply: ToolReply) => void = () => undefined,
): Promise<void> => {
  const { namespace, workload } = place
  const scale = { kind: 'Deployment', name: workload, namespace, replicas: REPLICAS }
  const planned = await client.call('resources_scale', scale)
  expect(planned.structured?.state, planned.text).toBe('pending')
  const plan = String(planned.structured?.planId)
  try {
    const calls = goodCalls({ ...place, plan })
    expect(calls.map(({ tool }) => tool).toSorted()).toEqual(READ_TOOLS.toSorted())
    for (const { tool, args, shows } of calls) {
      const reply = await client.call(tool, args)
      expect(reply.text, tool).toMatch(shows)
      expect(reply.isError, tool).toBe(false)
      look(tool, reply)
    }
  } finally {
    await client.call('plans_withdraw', { id: plan })
  }
}
