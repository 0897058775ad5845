/** A namespace that is not there, and one that does not go. */
import { describe, expect, test } from 'vitest'
import { namespaces } from '../../../src/diagnose/checks/namespaces.ts'
import { createKnowledge, nameIn } from '../../../src/diagnose/knowledge.ts'
import type { KubeObject } from '../../../src/tool.ts'

const NOW = Date.parse('2026-11-28T12:00:00Z')
const at = (minutesAgo: number) => new Date(NOW - minutesAgo * 60_000).toISOString()

const found = (object: KubeObject | undefined) => {
  const { snapshot, holding } = createKnowledge({ cluster: 'prod', namespace: 'shop' }, NOW)
  const held = holding('namespaces')
  held.looked = 'some'
  if (object === undefined) held.missing.add('/shop')
  else held.objects.set(nameIn(object), object)
  return {
    ids: namespaces.checks.flatMap((check) => check.run(snapshot).map((draft) => [check.id, draft.evidence.length])),
    wants: namespaces.wants?.(snapshot),
  }
}
const namespace = (deletedMinutesAgo?: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: 'shop',
    ...(deletedMinutesAgo === undefined ? {} : { deletionTimestamp: at(deletedMinutesAgo) }),
  },
  spec: { finalizers: ['kubernetes'] },
  status: {
    phase: 'Terminating',
    conditions: [
      {
        type: 'NamespaceFinalizersRemaining',
        status: 'True',
        reason: 'SomeFinalizersRemain',
        message: 'example.com/hold in 1 resource instances',
      },
      { type: 'NamespaceDeletionDiscoveryFailure', status: 'False', reason: 'ResourcesDiscovered' },
    ],
  },
})

describe('a namespace', () => {
  test('that is not there is said to be missing', () => {
    expect(found(undefined).ids).toEqual([['namespace-missing', 1]])
  })

  test('that was deleted long ago is stuck, with what holds it', () => {
    expect(found(namespace(30)).ids).toEqual([['namespace-terminating-stuck', 2]])
  })

  test('that is there, or has only just been deleted, is nobody’s trouble', () => {
    expect(found(namespace()).ids).toEqual([])
    expect(found(namespace(1)).ids).toEqual([])
  })

  test('is asked for at once where nothing was found in it', () => {
    expect(found(namespace()).wants).toEqual([{ what: 'get', resource: 'namespaces', name: 'shop', deep: false }])
  })
})
