/** The situations as they are written: enough of each class, and a format that takes no mistake in silence. */
import { describe, expect, test } from 'vitest'
import {
  CLASSES,
  type Expected,
  type ExpectedFinding,
  loadSituations,
  parseSituation,
  SITUATIONS,
  type Situation,
} from '../../support/situations/format.ts'
import { tableOf } from '../../support/situations/table.ts'

const situations = loadSituations()
const broken = situations.filter(({ expected }) => expected.class !== 'healthy')
const on = (platform: 'demo' | 'real') => (it: Situation) => it.expected.platforms.includes(platform)

const EXPECTED = `
title: A pod
class: pods
scope: { namespace: '{{namespace}}' }
rootCauses: [{ check: pod-crash-loop, kind: Pod, name: web }]
`
const MANIFESTS = `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec: { containers: [] }
`

describe('the situations', () => {
  test.each(['demo', 'real'] as const)(
    'are at least 60 broken and ten healthy ones on %s, of every class',
    (platform) => {
      expect(broken.filter(on(platform)).length).toBeGreaterThanOrEqual(60)
      expect(situations.filter(on(platform)).length - broken.filter(on(platform)).length).toBeGreaterThanOrEqual(10)
      const classes = new Set(situations.filter(on(platform)).map(({ expected }) => expected.class))
      expect([...classes].toSorted()).toEqual(CLASSES.toSorted())
    },
  )

  test('several have two faults at once, and several consequences three deep', () => {
    const key = ({ check, kind, name }: ExpectedFinding): string => `${check} ${kind} ${name}`
    const depth = (expected: Expected, of: ExpectedFinding): number =>
      Math.max(
        0,
        ...expected.consequences
          .filter(({ causedBy }) => key(causedBy) === key(of))
          .map((it) => 1 + depth(expected, it)),
      )
    const deepest = (it: Situation): number =>
      Math.max(...it.expected.rootCauses.map((root) => depth(it.expected, root)), 0)
    expect(situations.filter(({ expected }) => expected.rootCauses.length > 1).length).toBeGreaterThanOrEqual(4)
    expect(situations.filter((it) => deepest(it) >= 3).length).toBeGreaterThanOrEqual(4)
  })

  test('are listed in their README', async () => {
    await expect(tableOf(situations)).toMatchFileSnapshot(`${SITUATIONS}README.md`)
  })
})

describe('the format', () => {
  const mistakes = (manifests: string, expected: string): string => {
    try {
      parseSituation('odd', manifests, expected)
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }

  test('is taken where it is right', () => {
    expect(mistakes(MANIFESTS, EXPECTED)).toBe('')
    expect(parseSituation('odd', MANIFESTS, EXPECTED).expected).toMatchObject({ after: '10m', consequences: [] })
  })

  test.each([
    [
      'a key that is not known',
      MANIFESTS,
      `${EXPECTED}rootCause: []`,
      'odd/expected.yaml: (all): Unrecognized key: "rootCause"',
    ],
    [
      'a check that is no id',
      MANIFESTS,
      EXPECTED.replace('pod-crash-loop', 'CrashLoop'),
      'odd/expected.yaml: rootCauses.0.check:',
    ],
    [
      'a healthy one with a cause',
      MANIFESTS,
      EXPECTED.replace('class: pods', 'class: healthy'),
      'odd/expected.yaml: rootCauses: healthy means',
    ],
    [
      'a kind without its name',
      MANIFESTS,
      EXPECTED.replace("'{{namespace}}' }", "'{{namespace}}', kind: Pod }"),
      'odd/expected.yaml: scope: kind comes with name',
    ],
    [
      'a word of plant that is not known',
      `${MANIFESTS}plant: { at: demo }`,
      EXPECTED,
      'odd/manifests.yaml, document 1: plant: Unrecognized key: "at"',
    ],
    [
      'a hole that nothing fills',
      MANIFESTS.replace('web', "'{{nmespace}}'"),
      EXPECTED,
      'odd/manifests.yaml, document 1: no such placeholder: nmespace',
    ],
    [
      'an event without a message',
      'apiVersion: v1\nkind: Event\ninvolvedObject: { kind: Pod, name: web }\ntype: Warning\nreason: BackOff\n',
      EXPECTED,
      'odd/manifests.yaml, document 1: message:',
    ],
    [
      'a pattern that is created',
      MANIFESTS.replace('name: web', "name: 'web-*'"),
      EXPECTED,
      'odd/manifests.yaml, document 1: spec: a name with *',
    ],
    ['no YAML', 'a: [', EXPECTED, 'odd/manifests.yaml: '],
  ])('tells %s with its place', (_what, manifests, expected, said) => {
    expect(mistakes(manifests, expected)).toContain(said)
  })

  test('tells all mistakes at once', () => {
    const said = mistakes(`${MANIFESTS}plant: { at: demo }`, EXPECTED.replace('class: pods', 'class: podz'))
    expect(said.split('\n')).toHaveLength(2)
  })
})
