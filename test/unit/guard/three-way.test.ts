/** The three-way merge that a rollback's patches are made by, and the patches. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergePatch, threeWay } from '../../../src/guard/rollback/three-way.ts'
import type { JsonObject } from '../../../src/kube/json.ts'
import type { Json } from '../../../src/tool.ts'

const isMap = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** RFC 7386, section 2, as it stands there. */
const apply = (target: Json | undefined, patch: Json): Json => {
  if (!isMap(patch)) return patch
  const result: Record<string, Json> = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = apply(result[key], value)
  }
  return result
}

/** A few keys only, so that the three trees meet. */
const key = fc.constantFrom('a', 'b', 'c', 'd', 'containers')
const leaf: fc.Arbitrary<Json> = fc.oneof(
  fc.integer({ min: 0, max: 2 }),
  fc.constantFrom('x', 'y', true),
  fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
)
const { tree } = fc.letrec<{ tree: JsonObject }>((tie) => ({
  tree: fc.dictionary(
    key,
    fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('tree') as fc.Arbitrary<Json>),
    { maxKeys: 4 },
  ),
}))

type Path = readonly string[]
const pathsOf = (value: Json, path: Path = []): readonly { readonly path: Path; readonly value: Json }[] =>
  isMap(value) && Object.keys(value).length > 0
    ? Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))
    : [{ path, value }]
const at = (value: Json | undefined, path: Path): Json | undefined =>
  path.reduce<Json | undefined>(
    (inner, name) => (isMap(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined),
    value,
  )
/** How far down a way leads into a value. */
const reach = (value: Json | undefined, path: Path): number => {
  const missing = path.findIndex((_, index) => at(value, path.slice(0, index + 1)) === undefined)
  return missing === -1 ? path.length : missing
}

describe('a three-way merge', () => {
  test('is what its patch makes of the live object', () => {
    void fc.assert(
      fc.property(tree, tree, tree, (before, live, wanted) => {
        const result = threeWay(before, live, wanted, true)
        expect(apply(live, mergePatch(live, result))).toEqual(result)
      }),
    )
  })

  test('sets everything that is declared', () => {
    void fc.assert(
      fc.property(tree, tree, tree, (before, live, wanted) => {
        const result = threeWay(before, live, wanted, true)
        for (const { path, value } of pathsOf(wanted))
          if (path.length > 0 && !isMap(value)) expect(at(result, path)).toEqual(value)
      }),
    )
  })

  test('takes away what is declared no more, with everything in it', () => {
    void fc.assert(
      fc.property(tree, tree, tree, (before, live, wanted) => {
        const result = threeWay(before, live, wanted, true)
        for (const { path } of pathsOf(before)) {
          const depth = reach(wanted, path)
          // It is still declared, or something else in its way has taken its place.
          if (depth === path.length || !isMap(at(wanted, path.slice(0, depth)))) continue
          const gone = path.slice(0, depth + 1)
          expect(at(result, gone)).toBeUndefined()
        }
      }),
    )
  })

  test('leaves alone what no declaration speaks of', () => {
    void fc.assert(
      fc.property(tree, tree, tree, (before, live, wanted) => {
        const result = threeWay(before, live, wanted, true)
        for (const { path, value } of pathsOf(live)) {
          const spoken = Math.max(reach(wanted, path), reach(before, path))
          const inMaps = [wanted, before].every((it) => isMap(at(it, path.slice(0, reach(it, path)))))
          if (path.length > 0 && spoken < path.length && inMaps && reach(before, path) <= reach(wanted, path))
            expect(at(result, path)).toEqual(value)
        }
      }),
    )
  })

  test('of an object that nobody touched is the declaration, and of one that is right already no patch', () => {
    void fc.assert(
      fc.property(tree, tree, (before, wanted) => {
        expect(threeWay(before, before, wanted, true)).toEqual(wanted)
        expect(mergePatch(wanted, threeWay(before, wanted, wanted, true))).toEqual({})
      }),
    )
  })
})

const pod = (...containers: Json[]): JsonObject => ({ spec: { containers } })

describe('lists', () => {
  const before = pod({
    name: 'web',
    image: 'web:2',
    env: [
      { name: 'A', value: '2' },
      { name: 'NEW', value: '1' },
    ],
  })
  const wanted = pod({ name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }] })
  const live = pod(
    {
      name: 'web',
      image: 'web:2-hotfix',
      imagePullPolicy: 'Always',
      env: [
        { name: 'A', value: '2' },
        { name: 'NEW', value: '1' },
        { name: 'BY_HAND', value: 'x' },
      ],
    },
    { name: 'sidecar', image: 'proxy:1' },
  )

  test('of a pod are merged by name: what others put there stays', () => {
    expect(threeWay(before, live, wanted, true)).toEqual(
      pod(
        {
          name: 'web',
          image: 'web:1',
          imagePullPolicy: 'Always',
          env: [
            { name: 'A', value: '1' },
            { name: 'BY_HAND', value: 'x' },
          ],
        },
        { name: 'sidecar', image: 'proxy:1' },
      ),
    )
  })

  test('of a custom resource are one value', () => {
    expect(threeWay(before, live, wanted, false)).toEqual(wanted)
  })

  test('that the API server has only filled in stay as they are', () => {
    const ports = [{ name: 'http', port: 80 }]
    const filled = { ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 31000 }] }
    expect(mergePatch(filled, threeWay({ ports }, filled, { ports }, true))).toEqual({})
    expect(threeWay({ ports: [{ name: 'http', port: 80, nodePort: 31000 }] }, filled, { ports }, true)).toEqual({
      ports,
    })
    expect(threeWay({ ports }, { ports: [...filled.ports, { name: 'more', port: 81 }] }, { ports }, true)).toEqual({
      ports,
    })
  })

  test('of things that share a name are one value', () => {
    const twice = pod({ name: 'web' }, { name: 'web' })
    expect(threeWay(before, live, twice, true)).toEqual(twice)
  })
})

test('null declares nothing', () => {
  expect(threeWay({ a: 1 }, { a: 1, b: 2 }, { a: null, b: null, c: { d: null } }, true)).toEqual({ b: 2, c: {} })
})
