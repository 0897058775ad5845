/** What a look at an object says about a write whose answer never came (THREATS.md L5-3, L7-2). */
import { describe, expect, test } from 'vitest'
import type { Operation } from '../../../src/change.ts'
import { digestOf, normalise } from '../../../src/kube/normalise.ts'
import { judge } from '../../../src/kube/read-back.ts'
import type { KubeObject, ResourceType } from '../../../src/tool.ts'

const type: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  resource: 'configmaps',
  singular: 'configmap',
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: [],
  subresources: [],
}
const target = { type, namespace: 'shop', name: 'a' }
const AT = Date.UTC(2026, 10, 1, 12, 0, 5, 400)
const live = (more: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'shop', uid: 'u1', resourceVersion: '8', ...metadata },
  ...more,
})
const ours = (seconds: number) => ({
  managedFields: [{ manager: 'bulkhead', operation: 'Update', time: new Date(AT + seconds * 1000).toISOString() }],
})
const intent = { uid: 'u1', resourceVersion: '7', atMs: AT }
const wanted = digestOf(normalise(live({ data: { a: '2' } })))

const patch: Operation = { ...target, verb: 'patch', patchType: 'merge', patch: { data: { a: '2' } } }
const create: Operation = { ...target, verb: 'create', object: { apiVersion: 'v1', kind: 'ConfigMap' } }
const remove: Operation = { ...target, verb: 'delete', propagation: 'Background' }

describe('L5-3 what became of a write', () => {
  test.each([
    ['it is as the dry run said', patch, live({ data: { a: '2' } }), 'applied'],
    ['its resourceVersion has not moved', patch, live({}, { resourceVersion: '7' }), 'not_applied'],
    ['others have written since, and we have not', patch, live({ data: { a: '3' } }), 'not_applied'],
    ['we have written since', patch, live({ data: { a: '3' } }, ours(0)), 'applied'],
    ['we wrote long before', patch, live({ data: { a: '3' } }, ours(-60)), 'not_applied'],
    ['we wrote so shortly before that clocks cannot tell', patch, live({ data: { a: '3' } }, ours(-3)), 'unknown'],
    ['it is another object of the name', patch, live({}, { uid: 'u2' }), 'unknown'],
    ['it is gone', patch, undefined, 'unknown'],
    ['a new one is not there', create, undefined, 'not_applied'],
    ['a new one is there, and not ours', create, live(), 'not_applied'],
    ['a new one is there, and ours', create, live({}, ours(0)), 'applied'],
    ['what was to go is gone', remove, undefined, 'applied'],
    ['what was to go is going', remove, live({}, { deletionTimestamp: '2026-11-01T12:00:06Z' }), 'applied'],
    ['what was to go was replaced', remove, live({}, { uid: 'u2' }), 'applied'],
    ['what was to go is there', remove, live(), 'not_applied'],
  ] as const)('%s', (_, operation, object, verdict) => {
    const bound = operation.verb === 'create' ? { atMs: AT } : intent
    expect(judge(operation, bound, object, wanted)).toBe(verdict)
  })
})

describe('L6-2 what counts as the same object', () => {
  test('a status, a version and managers do not; a spec, a label and an annotation do', () => {
    const digest = (object: KubeObject) => digestOf(normalise(object))
    const before = digest(live({ spec: { a: 1 } }))
    expect(
      digest(live({ spec: { a: 1 }, status: { x: 1 } }, { resourceVersion: '9', generation: 3, ...ours(1) })),
    ).toBe(before)
    for (const other of [
      live({ spec: { a: 2 } }),
      live({ spec: { a: 1 } }, { labels: { x: 'y' } }),
      live({ spec: { a: 1 } }, { annotations: { x: 'y' } }),
      live({ spec: { a: 1 } }, { uid: 'u2' }),
    ])
      expect(digest(other)).not.toBe(before)
  })
})
