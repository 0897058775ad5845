/** Paths into objects: what they are, and what they find. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BulkheadError } from '../../../src/errors.ts'
import { cellAt, parseField, valuesAt } from '../../../src/tools/render/fields.ts'

const OBJECT = {
  metadata: { name: 'web-1', labels: { 'app.kubernetes.io/name': 'web' }, generation: 0, deleted: null },
  spec: {
    containers: [
      { image: 'a:1', ports: [1, 2] },
      { image: 'b:2', ports: [3] },
    ],
    limits: { cpu: '1', memory: '2' },
  },
}

describe('a field', () => {
  test.each([
    ['metadata.name', ['web-1']],
    ['.metadata.name', ['web-1']],
    ['metadata.generation', [0]],
    ['metadata.deleted', []],
    ['metadata.labels.app\\.kubernetes\\.io/name', ['web']],
    ['metadata.labels.app.kubernetes.io/name', []],
    ['spec.containers[*].image', ['a:1', 'b:2']],
    ['spec.containers[1].image', ['b:2']],
    ['spec.containers[9].image', []],
    ['spec.containers[*].ports[*]', [1, 2, 3]],
    ['spec.limits[*]', ['1', '2']],
    ['spec.containers.image', []],
    ['metadata.name.length', []],
    ['metadata.constructor', []],
    ['metadata.__proto__', []],
    ['toString', []],
  ])('%s', (path, values) => {
    expect(valuesAt(OBJECT, parseField(path))).toEqual(values)
  })

  test('in a cell is one line', () => {
    expect(cellAt({ a: ['x\ny', { b: 1 }] }, parseField('a[*]'))).toBe('x y,{"b":1}')
  })

  test.each([
    '',
    '.',
    'a.',
    'a..b',
    'a[',
    'a[]',
    'a[-1]',
    'a[?(@.b)]',
    '[*]',
    '[0].a',
    'a b',
    'a\nb',
    'a]b',
    '{.a}',
    'a[0]b',
    '$.a b',
    'a\u200bb',
    'x'.repeat(401),
    'a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q',
    'a\\',
  ])('%j is none', (path) => {
    expect(() => parseField(path)).toThrow(BulkheadError)
  })

  test('fans out no further than its bound', () => {
    const wide = { a: Array.from({ length: 900 }, () => ({ b: Array.from({ length: 900 }, () => 1) })) }
    expect(valuesAt(wide, parseField('a[*].b[*]'))).toHaveLength(200)
  })

  test('of any text is a path or refused, and never finds what is inherited', () =>
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (text) => {
        let values: unknown = []
        try {
          values = valuesAt({}, parseField(text))
        } catch (error) {
          expect(error).toBeInstanceOf(BulkheadError)
        }
        expect(values).toEqual([])
      }),
    ))
})
