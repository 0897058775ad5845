/** Patches, strictly: nothing in one loosens what a write is bound to, or brings a masked value into the open. */
import { describe, expect, test } from 'vitest'
import { PATCH_TYPES, type PatchType } from '../../../src/change.ts'
import { BulkheadError } from '../../../src/errors.ts'
import { checkPatch } from '../../../src/kube/patch.ts'
import type { Json } from '../../../src/tool.ts'

const refusal = (patch: Json, type: PatchType): string => {
  try {
    checkPatch(patch, type)
  } catch (error) {
    if (error instanceof BulkheadError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'taken'
}
const nested = (levels: number): Json => {
  let value: Json = 1
  for (let level = 0; level < levels; level += 1) value = { a: value }
  return value
}
const steps = (...list: readonly Json[]): Json => list

describe('R-6 a patch', () => {
  test.each<[string, Json, PatchType]>([
    ['fields of a merge', { spec: { replicas: 2, ratio: 0.5 }, metadata: { labels: { a: null } } }, 'merge'],
    ['items of a list', { spec: { containers: [{ name: 'a', $patch: 'delete' }] } }, 'strategic'],
    ['an order', { metadata: { '$setElementOrder/finalizers': ['a'] } }, 'strategic'],
    ['steps', steps({ op: 'replace', path: '/spec/replicas', value: 2 }, { op: 'test', path: '/a', value: 1 }), 'json'],
    ['a label that only looks like a field', steps({ op: 'add', path: '/metadata/labels/uid', value: 'x' }), 'json'],
  ])('takes %s', (_, patch, type) => {
    expect(refusal(patch, type)).toBe('taken')
  })

  test.each<[string, Json, PatchType, RegExp]>([
    [
      'a copy of what is masked',
      steps({ op: 'copy', from: '/data/password', path: '/metadata/labels/x' }),
      'json',
      /copy/,
    ],
    [
      'a move of the resourceVersion',
      steps({ op: 'move', from: '/metadata/resourceVersion', path: '/data/x' }),
      'json',
      /move/,
    ],
    ['a uid', steps({ op: 'replace', path: '/metadata/uid', value: 'x' }), 'json', /the server's own/],
    ['no resourceVersion', steps({ op: 'remove', path: '/metadata/resourceVersion' }), 'json', /the server's own/],
    ['all metadata', steps({ op: 'replace', path: '/metadata', value: {} }), 'json', /the server's own/],
    ['the whole object', steps({ op: 'replace', path: '', value: {} }), 'json', /list of 1 to 100 steps/],
    ['an unknown step', steps({ op: 'merge', path: '/a', value: 1 }), 'json', /list of 1 to 100 steps/],
    ['no step', steps(), 'json', /list of 1 to 100 steps/],
    ['101 steps', Array.from({ length: 101 }, () => ({ op: 'remove', path: '/a' })), 'json', /list of 1 to 100 steps/],
    ['an object for a list', { op: 'remove', path: '/a' }, 'json', /list of 1 to 100 steps/],
    ['a list for an object', steps({ spec: {} }), 'merge', /names at least one field/],
    ['nothing', {}, 'strategic', /names at least one field/],
    ['an own uid', { metadata: { uid: 'x' } }, 'merge', /the server's own/],
    ['a resourceVersion taken away', { metadata: { resourceVersion: null } }, 'merge', /the server's own/],
    ['no metadata', { metadata: null }, 'merge', /the server's own/],
    ['metadata that is none', { metadata: [] }, 'merge', /metadata is an object/],
    ['a replacement of the whole', { $patch: 'replace', spec: {} }, 'strategic', /for a whole object or its metadata/],
    ['metadata deleted', { metadata: { $patch: 'delete' } }, 'strategic', /for a whole object or its metadata/],
    ['metadata thinned', { metadata: { $retainKeys: ['name'] } }, 'strategic', /for a whole object or its metadata/],
  ])('refuses %s', (_, patch, type, words) => {
    expect(refusal(patch, type)).toMatch(/^invalid_arguments: /)
    expect(refusal(patch, type)).toMatch(words)
  })

  test.each(PATCH_TYPES)('%s: refuses what would not be what was written', (type) => {
    const around = (value: Json): Json =>
      type === 'json' ? steps({ op: 'add', path: '/spec', value }) : { spec: value }
    for (const value of [2 ** 53, -(2 ** 60), 1e300]) expect(refusal(around({ n: value }), type)).toMatch(/past 2\^53/)
    expect(refusal(around(JSON.parse('{"__proto__":{"a":1}}')), type)).toMatch(/a key that Kubernetes/)
    expect(refusal(around({ 'a\u0000b': 1 }), type)).toMatch(/a key that Kubernetes/)
    expect(refusal(around(nested(100)), type)).toMatch(/64 levels/)
    expect(refusal(around(nested(60_000)), type)).toMatch(/64 levels/)
    expect(refusal(around(Array.from({ length: 30_000 }, () => 1)), type)).toMatch(/20000 values/)
  })
})
