/** Properties of the parts that the demo cluster is made of: what must hold for every input, not only for the contracts'. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldsOf, fromTree, toTree } from '../../scripts/demo/apply/fields.ts'
import { equal, type Json, type JsonObject } from '../../scripts/demo/json.ts'
import { parsePath } from '../../scripts/demo/paths.ts'
import { BUILT_IN } from '../../scripts/demo/resources.ts'
import { builtInType, structOf } from '../../scripts/demo/schema/schema.ts'
import { fieldSelector, labelSelector } from '../../scripts/demo/selectors.ts'
import { ApiError } from '../../scripts/demo/status.ts'
import { Store } from '../../scripts/demo/store.ts'
import { jsonPath } from '../../scripts/demo/tables/custom.ts'
import { humanDuration } from '../../scripts/demo/tables/duration.ts'
import { conform } from '../../scripts/demo/writes/decode.ts'
import { duplicateFields } from '../../scripts/demo/writes/duplicates.ts'
import { jsonPatch, mergePatch } from '../../scripts/demo/writes/json-patch.ts'
import { strategicMerge } from '../../scripts/demo/writes/strategic.ts'

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>
const object = fc.dictionary(fc.string({ maxLength: 6 }), json, { maxKeys: 5 }) as fc.Arbitrary<JsonObject>

/** A pod spec whose lists are keyed, set and atomic. */
const podSpec = fc.record({
  containers: fc.uniqueArray(
    fc.record({ name: fc.constantFrom('a', 'b', 'c'), image: fc.string(), args: fc.array(fc.string()) }),
    {
      selector: ({ name }) => name,
    },
  ),
  nodeSelector: fc.dictionary(fc.constantFrom('x', 'y'), fc.string()),
  hostNetwork: fc.boolean(),
}) as fc.Arbitrary<JsonObject>

const refusedOrDone = (action: () => unknown): boolean => {
  try {
    action()
    return true
  } catch (error) {
    return error instanceof ApiError && error.code >= 400 && error.code < 500
  }
}

describe('sets of fields', () => {
  it('survive the way through fieldsV1', () => {
    const schema = structOf('core.v1.PodSpec')
    fc.assert(
      fc.property(podSpec, (spec) => {
        const set = fieldsOf(schema, spec)
        expect([...fromTree(toTree(set))].sort()).toEqual([...set].sort())
      }),
    )
  })
})

describe('patches', () => {
  it('leave what they were given as it was, and an empty one changes nothing', () => {
    fc.assert(
      fc.property(object, object, (document, patch) => {
        const before = structuredClone(document)
        mergePatch(document, patch)
        expect(document).toEqual(before)
        expect(mergePatch(document, {})).toEqual(before)
        expect(jsonPatch(document, [])).toEqual(before)
      }),
    )
  })

  it('merge to something that the same patch does not change again', () => {
    fc.assert(
      fc.property(object, object, (document, patch) => {
        const once = mergePatch(document, patch)
        expect(equal(mergePatch(once, patch), once)).toBe(true)
      }),
    )
  })

  it('merge keyed lists to one item a key', () => {
    const schema = structOf('core.v1.PodSpec')
    fc.assert(
      fc.property(podSpec, podSpec, (live, patch) => {
        const merged = strategicMerge(schema, live, patch)
        const names = (merged.containers as JsonObject[]).map(({ name }) => name)
        const wanted = [live, patch].flatMap(({ containers }) => (containers as JsonObject[]).map(({ name }) => name))
        expect(new Set(names)).toEqual(new Set(wanted))
        expect(new Set(names).size).toBe(names.length)
      }),
    )
  })
})

describe('what a caller sends', () => {
  it('is selected by or refused, whatever it is', () => {
    const pods = BUILT_IN.find(({ name }) => name === 'pods')
    if (pods === undefined) throw new Error('no pods')
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z =!,()<>]*$/)), (selector) => {
        expect(refusedOrDone(() => labelSelector(selector)({ metadata: {} }))).toBe(true)
        expect(refusedOrDone(() => fieldSelector(pods, selector)({ metadata: {} }))).toBe(true)
      }),
    )
  })

  it('is a path to one thing, however it is spelled', () => {
    fc.assert(
      fc.property(fc.webPath(), (path) => {
        expect(refusedOrDone(() => parsePath('GET', path, new URLSearchParams()))).toBe(true)
      }),
    )
    const encoded = parsePath('POST', '/api/v1/namespaces/shop/pods/one%2Fexec', new URLSearchParams())
    expect(encoded).toMatchObject({ resource: 'pods', name: 'one', subresource: 'exec', namespace: 'shop' })
    const own = parsePath('GET', '/api/v1/namespaces/shop/status', new URLSearchParams())
    expect(own).toMatchObject({ resource: 'namespaces', name: 'shop', subresource: 'status' })
  })

  it('names a field twice only where it does', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(duplicateFields(JSON.stringify(value))).toEqual([])
      }),
    )
    expect(duplicateFields('{"a":{"b":1,"b":2},"l":[{"x":1},{"y":1,"y":2}],"s":"{\\"q\\":1}"}')).toEqual([
      'a.b',
      'l[1].y',
    ])
  })

  it('keeps no field that its kind does not have', () => {
    const deployment = builtInType('apps/v1', 'Deployment')
    if (deployment === undefined) throw new Error('no Deployment')
    const given = {
      spec: { replicas: 1, colour: 'red', template: { spec: { containers: [{ name: 'a', mood: 1 }] } } },
      x: 1,
    }
    const { value, unknown, mistake } = conform(deployment, given)
    expect(unknown).toEqual(['spec.colour', 'spec.template.spec.containers[0].mood', 'x'])
    expect(value).toEqual({ spec: { replicas: 1, template: { spec: { containers: [{ name: 'a' }] } } } })
    expect(mistake).toBeUndefined()
    expect(conform(deployment, { spec: { replicas: '1' } }).mistake).toContain('cannot unmarshal string')
  })
})

describe('what is printed', () => {
  it('is an age of two or three figures', () => {
    const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]
    const ages: readonly (readonly [number, string])[] = [
      [-5 * second, '<invalid>'],
      [0, '0s'],
      [119 * second, '119s'],
      [2 * minute, '2m'],
      [9 * minute + 59 * second, '9m59s'],
      [10 * minute + 59 * second, '10m'],
      [179 * minute, '179m'],
      [3 * hour, '3h'],
      [7 * hour + 59 * minute, '7h59m'],
      [47 * hour, '47h'],
      [48 * hour, '2d'],
      [7 * day + 23 * hour, '7d23h'],
      [8 * day, '8d'],
      [729 * day, '729d'],
      [730 * day, '2y'],
      [731 * day, '2y1d'],
      [8 * 365 * day, '8y'],
    ]
    for (const [elapsed, told] of ages) expect(humanDuration(elapsed)).toBe(told)
  })

  it('is found by a simple JSONPath', () => {
    const found = {
      spec: {
        'a.b': 1,
        list: [
          { type: 'x', v: 1 },
          { type: 'Ready', v: 2 },
        ],
      },
    }
    expect(jsonPath(found, '.spec.list[0].v')).toBe(1)
    expect(jsonPath(found, '.spec.list[?(@.type=="Ready")].v')).toBe(2)
    expect(jsonPath(found, ".spec['a.b']")).toBe(1)
    expect(jsonPath(found, '.spec.none.deeper')).toBeUndefined()
    expect(jsonPath(found, '.spec.list[*].v')).toBeUndefined()
  })
})

describe('the store', () => {
  const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'n' } })

  it('keeps a list that was handed out as it was', () => {
    const store = new Store()
    store.put('configmaps', map('b'))
    const before = store.list('configmaps')
    store.put('configmaps', map('a'))
    store.remove('configmaps', 'n', 'b')
    expect(before.map(({ metadata }) => metadata.name)).toEqual(['b'])
    expect(store.list('configmaps').map(({ metadata }) => metadata.name)).toEqual(['a'])
  })

  it('forgets changes in the end, and says so', () => {
    const store = new Store()
    const known = store.version
    for (let index = 0; index < 5000; index += 1) store.put('configmaps', map('a'))
    expect(store.since(known)).toBeUndefined()
    expect(store.since(store.version - 10)).toHaveLength(10)
  })
})
