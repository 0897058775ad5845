/**
 * What a change costs: requests to the API server and how many of them one after the other, and round trips to durable
 * storage. The app runs in this process, before the demo cluster on real sockets; its storage is memory that counts.
 */
import type { DemoCluster } from '../../scripts/demo/server.ts'
import { startChangeBench } from './change-bench.ts'
import { type Counter, counted } from './trips.ts'

export interface ChangeTrips {
  readonly step: string
  readonly requests: number
  readonly sequential: number
  /** Calls of the ledger, of plans and of what is kept beside them. */
  readonly durable: number
}

const cart = { kind: 'Deployment', name: 'cart', namespace: 'shop' }

/** A scale from its call to its outcome, twice: what the second costs, when discovery and the credentials are known. */
export const countChangeTrips = async (demo: DemoCluster): Promise<readonly ChangeTrips[]> => {
  const counts: ChangeTrips[] = []
  for (const decision of ['approve', 'allow'] as const) {
    let counter: Counter | undefined
    let durable = 0
    const bench = await startChangeBench({
      demo,
      decision,
      manual: decision === 'approve',
      around(transport) {
        counter = counted(transport)
        return counter.transport
      },
    })
    bench.ports.ledgers.breakWhen(() => {
      durable += 1
      return false
    })
    let isKnown = false
    const count = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
      counter?.take()
      durable = 0
      const result = await work()
      await bench.ports.background.settled()
      const { requests = 0, sequential = 0 } = counter?.take() ?? {}
      if (isKnown) counts.push({ step, requests, sequential, durable })
      return result
    }
    try {
      const sam = await bench.signIn()
      for (const replicas of [3, 4]) {
        isKnown = replicas === 4
        const scale = () => bench.call('resources_scale', { ...cart, replicas })
        if (decision === 'allow') {
          const { plan, text } = await count('plan and apply, where policy allows at once', scale)
          if (plan?.state !== 'applied') throw new Error(`The scale was not applied: ${text}`)
          continue
        }
        const id = (await count('plan', scale)).plan?.planId ?? ''
        await count('the approval', () => sam.approve(id))
        await count('apply, after the approval', bench.work)
        const { plan, text } = await count('plans_get', () => bench.call('plans_get', { id }))
        if (plan?.state !== 'applied') throw new Error(`The scale was not applied: ${text}`)
      }
    } finally {
      await bench.stop()
    }
  }
  return counts
}
