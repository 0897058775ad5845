/** managedFields for a reader: who, when, and the first few fields, bounded whatever stands there. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fieldWrites } from '../../../src/kube/field-writes.ts'
import type { Json } from '../../../src/tool.ts'

const TIME = '2026-11-22T12:00:00Z'
const entry = (fieldsV1: Json, more: Readonly<Record<string, Json>> = {}): Json => ({
  manager: 'kubectl-edit',
  operation: 'Update',
  time: TIME,
  fieldsV1,
  ...more,
})
const fieldsOf = (fieldsV1: Json): readonly string[] | undefined => fieldWrites([entry(fieldsV1)])[0]?.fields

describe('fields', () => {
  test('are paths, long ones told by both ends', () => {
    const containers = {
      'k:{"name":"app"}': { '.': {}, 'f:name': {}, 'f:image': {}, 'f:env': { 'k:{"name":"LOG"}': { 'f:value': {} } } },
    }
    expect(
      fieldsOf({ 'f:spec': { 'f:replicas': {}, 'f:template': { 'f:spec': { 'f:containers': containers } } } }),
    ).toEqual(['spec.replicas', 'spec.template…[app].image', 'spec.template…[LOG].value'])
  })

  test('of what decides come before metadata, and what is written with everything is left out', () => {
    expect(
      fieldsOf({
        'f:metadata': {
          'f:annotations': {
            '.': {},
            'f:deployment.kubernetes.io/revision': {},
            'f:kubectl.kubernetes.io/last-applied-configuration': {},
            'f:example.com/team': {},
          },
          'f:labels': { 'f:app': {} },
        },
        'f:data': { 'f:colour': {} },
      }),
    ).toEqual(['data.colour', 'metadata.annotations[example.com/team]', 'metadata.labels.app'])
  })

  test('never hold the value of a member of a set', () => {
    expect(fieldsOf({ 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"fixture-canary"': {} } } })).toEqual([
      'metadata.finalizers',
    ])
  })

  test('beyond a few are counted', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, it) => [`f:f${it}`, {}]))
    expect(fieldWrites([entry({ 'f:spec': many })])).toMatchObject([{ more: 14 }])
  })
})

describe('entries', () => {
  test('without a manager or a time, or of noise alone, are left out', () => {
    const noise = { 'f:metadata': { 'f:annotations': { 'f:deployment.kubernetes.io/revision': {} } } }
    expect(
      fieldWrites([entry({}, { time: 'yesterday' }), { time: TIME }, entry(noise), 'text', null, entry({})]),
    ).toEqual([{ manager: 'kubectl-edit', operation: 'Update', time: TIME, fields: [], more: 0 }])
  })

  test('keep the subresource, and know an apply', () => {
    expect(fieldWrites([entry({}, { subresource: 'scale', operation: 'Apply' })])).toEqual([
      { manager: 'kubectl-edit', operation: 'Apply', time: TIME, subresource: 'scale', fields: [], more: 0 },
    ])
  })

  test('are bounded whatever stands there', () => {
    const anything = fc.jsonValue().map((it) => it as Json)
    const bounded = fc.property(anything, fc.array(anything, { maxLength: 50 }), (fields, others) => {
      const writes = fieldWrites([entry(fields), ...others])
      expect(writes.length).toBeLessThanOrEqual(32)
      for (const { fields: shown } of writes) {
        expect(shown.length).toBeLessThanOrEqual(6)
        for (const field of shown) expect(field.length).toBeLessThanOrEqual(120)
      }
    })
    fc.assert(bounded)
  })

  test('a wide and deep one ends', () => {
    let deep: Json = {}
    for (let level = 0; level < 500; level += 1) deep = { [`f:l${level}`]: deep, 'f:other': {} }
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, it) => [`f:f${it}`, {}]))
    expect(fieldWrites([entry(deep), entry(wide)])).toHaveLength(2)
  })
})
