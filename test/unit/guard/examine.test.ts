/** The look at a live object and the dry run that is bound to it: what moves in between is looked at anew. */
import { describe, expect, test } from 'vitest'
import type { Operation } from '../../../src/change.ts'
import { BulkheadError } from '../../../src/errors.ts'
import { examine } from '../../../src/guard/examine.ts'
import type { KubeWriter } from '../../../src/kube/writer.ts'

const type = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  resource: 'deployments',
  singular: 'deployment',
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: [],
  subresources: [],
}
const target = { type, namespace: 'shop', name: 'cart' }
const patch: Operation = { ...target, verb: 'patch', patchType: 'merge', patch: { spec: { replicas: 3 } } }
const liveAt = (version: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cart', namespace: 'shop', uid: 'u', resourceVersion: `${version}` },
  spec: { replicas: 2 },
})
const conflict = () => new BulkheadError('conflict', 'It moved.')

/** An API server whose object moves between the look and the dry run, `moves` times. */
const busy = (moves: number) => {
  let version = 0
  const bound: (string | undefined)[] = []
  const writer: KubeWriter = {
    get: async () => liveAt(version),
    dryRun: async (_, preconditions) => {
      bound.push(preconditions?.resourceVersion)
      if (version < moves) {
        version += 1
        throw conflict()
      }
      return { object: { ...liveAt(version), spec: { replicas: 3 } }, warnings: [] }
    },
    write: async () => {
      throw new Error('nothing is written here')
    },
  }
  return { writer, bound }
}
const look = (writer: KubeWriter, operation: Operation = patch) =>
  examine(writer, 'demo', operation, new AbortController().signal)

describe('examine', () => {
  test('L6-2 a status that moves between the look and the dry run is looked at anew', async () => {
    const { writer, bound } = busy(5)
    const { preconditions } = await look(writer)
    expect(preconditions).toEqual({ uid: 'u', resourceVersion: '5' })
    expect(bound).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  test('an object that never rests is a conflict, after a few looks', async () => {
    const { writer, bound } = busy(Number.POSITIVE_INFINITY)
    await expect(look(writer)).rejects.toMatchObject({ code: 'conflict' })
    expect(bound).toHaveLength(6)
  })

  test('a create that meets an object is refused at once', async () => {
    const { writer, bound } = busy(0)
    const create: Operation = { ...target, verb: 'create', object: {} }
    await expect(look(writer, create)).rejects.toMatchObject({ code: 'conflict' })
    expect(bound).toEqual([])
  })
})
