import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHECKS, podSecurity } from '../../../../src/guard/podsecurity/index.ts'
import { checkWrite } from '../../../../src/guard/write-rails.ts'
import type { Json, KubeObject } from '../../../../src/tool.ts'
import { POD_FIXTURES, podCases, podSpecOf } from '../../../support/pod-security.ts'
import { create, OWN } from '../writes.ts'

type Fields = { readonly [key: string]: Json }

/** Every kind that carries a pod, and where. */
const KINDS: readonly (readonly [string, string, string, (template: Fields) => Fields])[] = [
  ['v1', 'Pod', 'spec', (template) => template],
  ['v1', 'ReplicationController', 'spec.template.spec', (template) => ({ spec: { template } })],
  ['apps/v1', 'ReplicaSet', 'spec.template.spec', (template) => ({ spec: { template } })],
  ['apps/v1', 'Deployment', 'spec.template.spec', (template) => ({ spec: { template } })],
  ['apps/v1', 'StatefulSet', 'spec.template.spec', (template) => ({ spec: { template } })],
  ['apps/v1', 'DaemonSet', 'spec.template.spec', (template) => ({ spec: { template } })],
  ['batch/v1', 'Job', 'spec.template.spec', (template) => ({ spec: { template } })],
  [
    'batch/v1',
    'CronJob',
    'spec.jobTemplate.spec.template.spec',
    (template) => ({ spec: { jobTemplate: { spec: { template } } } }),
  ],
  ['v1', 'PodTemplate', 'template.spec', (template) => ({ template })],
  ['extensions/v1beta1', 'DaemonSet', 'spec.template.spec', (template) => ({ spec: { template } })],
  ['argoproj.io/v1alpha1', 'Rollout', 'spec.template.spec', (template) => ({ spec: { template } })],
]

const objectIn = (kind: (typeof KINDS)[number], metadata: Fields, spec: Fields): KubeObject => {
  const [apiVersion, name, , wrap] = kind
  const wrapped = wrap({ metadata, spec })
  return { apiVersion, kind: name, ...wrapped, metadata: { name: 'it', namespace: 'shop', ...metadata } } as KubeObject
}

const LEVELS = new Map(CHECKS.map(({ id, level }) => [id, level]))

test.each(KINDS)('Pod Security (R-4) of %s %s: each fixture fails the checks that it names', (...kind) => {
  for (const { title, fixture, place } of podCases) {
    const metadata = fixture.annotations === undefined ? {} : { annotations: fixture.annotations }
    const object = objectIn(kind, metadata, podSpecOf(fixture, place))
    const findings = podSecurity(object)
    expect([...new Set(findings.map(({ check }) => check))].sort(), title).toEqual([...fixture.fails].sort())
    for (const { field, check, level } of findings) {
      expect(field.startsWith(kind[2]) || field.includes('metadata.annotations['), title).toBe(true)
      expect(level, title).toBe(LEVELS.get(check))
    }
    const { metadata: _, apiVersion: __, kind: ___, ...fields } = object
    const refusal = checkWrite(create({ apiVersion: kind[0], kind: kind[1], metadata, fields: fields as Fields }), OWN)
    const violates = fixture.fails.some((check) => LEVELS.get(check) === 'baseline')
    const rail = violates ? 'pod-security-baseline' : undefined
    expect(refusal?.rail, title).toBe(place === 'ephemeralContainers' ? 'added-ephemeral-containers' : rail)
  }
})

test('every check is failed by a fixture, and each is known by one name', () => {
  expect(LEVELS.size).toBe(CHECKS.length)
  expect(new Set(POD_FIXTURES.flatMap(({ fails }) => fails))).toEqual(new Set(LEVELS.keys()))
})

test('a finding names field and value', () => {
  const spec = { hostNetwork: true, containers: [{ name: 'app', securityContext: { privileged: true } }] }
  const findings = podSecurity({ kind: 'Deployment', spec: { template: { spec } } })
  expect(findings).toContainEqual({
    level: 'baseline',
    check: 'privileged',
    field: 'spec.template.spec.containers[app].securityContext.privileged',
    value: true,
  })
  expect(findings).toContainEqual({
    level: 'restricted',
    check: 'runAsNonRoot',
    field: 'spec.template.spec.containers[app].securityContext.runAsNonRoot',
    value: null,
  })
})

test('what carries no pod has no finding', () => {
  expect(podSecurity({ kind: 'ConfigMap', data: { hostNetwork: 'true' } })).toEqual([])
  expect(podSecurity({ kind: 'Widget', spec: { template: { spec: { volumes: [{ name: 'x' }] } } } })).toEqual([])
})

describe('no way of writing it lets a privileged container through', () => {
  const junk = fc.dictionary(
    fc.string({ maxLength: 8 }).filter((key) => key !== '__proto__'),
    fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
    { maxKeys: 4 },
  )
  const shuffled = (object: Fields): fc.Arbitrary<Fields> =>
    fc
      .shuffledSubarray(Object.entries(object), { minLength: Object.keys(object).length })
      .map((entries) => Object.fromEntries(entries))

  test('whatever stands around it, in whatever order, in every kind', () => {
    const harmless = fc.record({ name: fc.string(), securityContext: fc.constant({ privileged: false }) })
    const list = fc.array(harmless, { maxLength: 4 })
    return fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        fc.constantFrom('containers', 'initContainers', 'ephemeralContainers'),
        fc.tuple(list, list, junk, junk, junk),
        fc.constantFrom<Json>(true, 'true', 'True', 1, 'yes', {}, []),
        fc.gen(),
        (kind, place, [before, after, one, two, three], privileged, gen) => {
          const security = gen(shuffled, { ...one, privileged })
          const container = gen(shuffled, { ...two, name: 'app', securityContext: security })
          const spec = gen(shuffled, { ...three, containers: [], [place]: [...before, container, ...after] })
          return podSecurity(objectIn(kind, {}, spec)).some(({ check }) => check === 'privileged')
        },
      ),
      { numRuns: 500 },
    )
  })
})
