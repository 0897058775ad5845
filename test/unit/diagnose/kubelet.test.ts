/** The kubelet that the planter plays: what a situation does not say is as healthy as it can be beside what it says. */
import { describe, expect, test } from 'vitest'
import { kubeletStatus, type Pod } from '../../support/situations/kubelet.ts'
import { isSaidBy } from '../../support/situations/standing.ts'

const NOW = Date.UTC(2026, 10, 22, 14)

const pod = (spec: Partial<Pod['spec']> = {}, owner?: string): Pod => ({
  metadata: {
    name: 'web-1',
    uid: 'u',
    ...(owner === undefined ? {} : { ownerReferences: [{ kind: owner, name: 'web' }] }),
  },
  spec: { nodeName: 'node-a', containers: [{ name: 'web', image: 'web:1' }], ...spec },
})

const status = (of: Pod, said?: Record<string, unknown>) => kubeletStatus(of, said, NOW, '10.0.0.1')

describe('a pod', () => {
  test('of which nothing is said runs and is ready; of a Job it has completed', () => {
    expect(status(pod())).toMatchObject({
      phase: 'Running',
      podIP: '10.0.0.1',
      conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'True' })]),
      containerStatuses: [{ name: 'web', image: 'web:1', ready: true, started: true, restartCount: 0 }],
    })
    expect(status(pod({ restartPolicy: 'Never' }, 'Job'))).toMatchObject({
      phase: 'Succeeded',
      containerStatuses: [{ ready: false, state: { terminated: { exitCode: 0 } } }],
    })
  })

  test('whose container waits is not ready, and says which; beside it the others run', () => {
    const containers = [
      { name: 'web', image: 'web:1' },
      { name: 'proxy', image: 'proxy:1' },
    ]
    const said = { containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ImagePullBackOff' } } }] }
    expect(status(pod({ containers }), said)).toMatchObject({
      phase: 'Pending',
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'Ready', status: 'False', message: 'containers with unready status: [web]' }),
      ]),
      containerStatuses: [{ ready: false }, { name: 'proxy', ready: true }],
    })
  })

  test('whose init container fails has not begun what comes after it', () => {
    const initContainers = [
      { name: 'wait', image: 'wait:1' },
      { name: 'migrate', image: 'migrate:1' },
      { name: 'mesh', image: 'mesh:1', restartPolicy: 'Always' },
    ]
    const said = {
      initContainerStatuses: [{ name: 'migrate', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    }
    expect(status(pod({ initContainers }), said)).toMatchObject({
      phase: 'Pending',
      initContainerStatuses: [
        { name: 'wait', ready: true },
        { name: 'migrate', ready: false },
        { name: 'mesh', state: { waiting: { reason: 'PodInitializing' } } },
      ],
      containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
    })
  })

  test('that was evicted has neither containers nor an address', () => {
    const evicted = status(pod(), { phase: 'Failed', reason: 'Evicted' })
    expect(evicted).toMatchObject({ phase: 'Failed', reason: 'Evicted', containerStatuses: [] })
    expect(evicted).not.toHaveProperty('podIP')
  })

  test('that no node takes keeps the words of the scheduler', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }]
    expect(status(pod(), { conditions })).toEqual({ phase: 'Pending', conditions })
  })
})

test('a status that is waited for may say more, in another order and at other times, and no less', () => {
  const wanted = { conditions: [{ type: 'B', status: 'True', message: 'one', lastTransitionTime: 'then' }] }
  const found = {
    conditions: [
      { type: 'A', status: 'False' },
      { type: 'B', status: 'True', message: 'two' },
    ],
    more: 1,
  }
  expect(isSaidBy(wanted, found)).toBe(true)
  expect(isSaidBy({ conditions: [{ type: 'B', status: 'False' }] }, found)).toBe(false)
  expect(isSaidBy({ conditions: [{ type: 'C' }] }, found)).toBe(false)
  expect(isSaidBy({ less: 1 }, found)).toBe(false)
})
