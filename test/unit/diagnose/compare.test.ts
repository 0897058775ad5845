/** What the situations' tests rest on: a report that says anything else than expected is told apart. */
import { describe, expect, test } from 'vitest'
import type { Finding, Report } from '../../../src/report.ts'
import { mistakesOf } from '../../support/situations/compare.ts'
import { parseSituation } from '../../support/situations/format.ts'

const planted = { namespace: 's-odd', now: 0, remove: async () => {} }

const finding = (id: string, check: string, kind: string, name: string, causedBy: readonly string[] = []): Finding => ({
  id,
  check,
  severity: 'critical',
  subject: { apiVersion: 'v1', kind, namespace: 's-odd', name },
  summary: '',
  evidence: [],
  causedBy,
  confidence: 'high',
  remedies: [],
})

const report = (...findings: readonly Finding[]): Report => ({
  scope: { cluster: 'demo' },
  complete: false,
  rootCauses: findings.filter(({ causedBy }) => causedBy.length === 0).map(({ id }) => id),
  findings,
  examined: {},
  notExamined: [{ what: 'secrets', why: 'cluster_forbidden' }],
  changes: [],
  calls: 1,
  durationMs: 1,
})

const situation = (scope = "{ namespace: '{{namespace}}' }") =>
  parseSituation(
    'odd',
    '{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }',
    `
title: Two faults
class: several
scope: ${scope}
rootCauses:
  - { check: pod-crash-loop, kind: Pod, name: 'web-*' }
  - { check: claim-lost, kind: PersistentVolumeClaim, name: data }
consequences:
  - check: route-unavailable
    kind: Ingress
    name: web
    causedBy: { check: pod-crash-loop, kind: Pod, name: 'web-*' }
notExamined: [secrets]
`,
  )

const crash = finding('f1', 'pod-crash-loop', 'Pod', 'web-1')
const lost = finding('f2', 'claim-lost', 'PersistentVolumeClaim', 'data')
const empty = finding('f3', 'service-no-endpoints', 'Service', 'web', ['f1'])
const down = finding('f4', 'route-unavailable', 'Ingress', 'web', ['f3'])

const mistakes = (...findings: readonly Finding[]) =>
  mistakesOf(situation(), planted, report(...findings)).filter((it) => !it.startsWith('  '))

describe('a report', () => {
  test('that says what is expected is right, whatever follows from it besides', () => {
    expect(mistakes(crash, lost, empty, down)).toEqual([])
  })

  test('is wrong where a root cause is absent, comes late, or is another object', () => {
    expect(mistakes(crash, empty, down)).toEqual(['no root cause is claim-lost of PersistentVolumeClaim data'])
    expect(mistakes(lost, crash, empty, down)).toEqual([
      'the first root cause is not pod-crash-loop of Pod web-*',
      'the root causes are in another order',
    ])
    expect(mistakes(finding('f1', 'pod-crash-loop', 'Pod', 'api-1'), lost, empty, down)).toContain(
      'no root cause is pod-crash-loop of Pod web-*',
    )
  })

  test('is wrong where it has a root cause too many, or takes a consequence for one', () => {
    expect(mistakes(crash, lost, empty, down, finding('f5', 'pod-evicted', 'Pod', 'x'))).toEqual([
      'unexpected root cause: pod-evicted of Pod x',
    ])
    expect(mistakes(crash, lost, { ...empty, causedBy: [] }, down)).toEqual([
      'unexpected root cause: service-no-endpoints of Service web',
      'route-unavailable of Ingress web is not caused by pod-crash-loop of Pod web-*',
    ])
  })

  test('is wrong where a consequence is absent, or comes from elsewhere', () => {
    expect(mistakes(crash, lost, empty)).toEqual(['no finding is route-unavailable of Ingress web'])
    expect(mistakes(crash, lost, empty, { ...down, causedBy: ['f2'] })).toEqual([
      'route-unavailable of Ingress web is not caused by pod-crash-loop of Pod web-*',
    ])
  })

  test('is wrong where it hides what it did not look at', () => {
    const silent = { ...report(crash, lost, empty, down), notExamined: [] }
    expect(mistakesOf(situation(), planted, silent)[0]).toBe('nothing under notExamined says "secrets"')
  })

  test('of the whole cluster is held to what the situation planted', () => {
    const foreign = {
      ...finding('f5', 'pod-evicted', 'Pod', 'x'),
      subject: { apiVersion: 'v1', kind: 'Pod', name: 'x' },
    }
    expect(mistakesOf(situation('{}'), planted, report(foreign, crash, lost, empty, down))).toEqual([])
    expect(mistakesOf(situation(), planted, report(foreign, crash, lost, empty, down))).not.toEqual([])
  })
})
