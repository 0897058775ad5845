/** Objects for a model: YAML that reads back as what it was, and a pod's summary that hides nothing unforeseen. */
import * as fc from 'fast-check'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import type { Json, KubeObject } from '../../../src/tool.ts'
import { renderConditions } from '../../../src/tools/render/conditions.ts'
import { summarisePod } from '../../../src/tools/render/pod.ts'
import { tidy, toYaml } from '../../../src/tools/render/yaml.ts'
import { NOW } from '../../support/fake-view.ts'
import { CRASHING_POD } from './shop.ts'

describe('toYaml', () => {
  test('reads back as what it was', () => {
    const key = fc.stringMatching(/^[a-z][a-zA-Z0-9./-]{0,20}$/)
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        '',
        '~',
        'null',
        'yes',
        'true',
        '1e3',
        '0x1f',
        '012',
        '2026-11-22T13:01:12Z',
        '- a',
        'a: b',
        '#c',
      ),
      fc.constantFrom('a\nb\n', 'a\n\n', ' a\nb', '\t', '{x}', '[y]', '&z', '*z', '!t', '%d', '@e', '`f', '--- |'),
    )
    const leaf = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null))
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }))
    return fc.assert(
      fc.property(tree, (value) => {
        expect(load(toYaml(value as Json))).toEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  test('puts short leaves on one line and folds no long one', () => {
    const long = 'word '.repeat(60).trim()
    expect(toYaml({ ports: [{ name: 'http', port: 80 }], message: long })).toBe(
      `ports: [{name: http, port: 80}]\nmessage: ${long}`,
    )
  })
})

describe('tidy', () => {
  test('orders the keys and drops managedFields, selfLink and nulls', () => {
    const object: KubeObject = {
      status: { phase: 'Bound', at: null },
      spec: { podSelector: {}, list: [null, { a: null }] },
      extra: 1,
      metadata: { name: 'a', creationTimestamp: null as unknown as string, managedFields: [{}], selfLink: '/x' },
      kind: 'K',
      apiVersion: 'v1',
    }
    const tidied = tidy(object)
    expect(Object.keys(tidied)).toEqual(['apiVersion', 'kind', 'metadata', 'spec', 'extra', 'status'])
    expect(tidied).toEqual({
      apiVersion: 'v1',
      kind: 'K',
      metadata: { name: 'a' },
      spec: { podSelector: {}, list: [null, {}] },
      extra: 1,
      status: { phase: 'Bound' },
    })
  })
})

describe('renderConditions', () => {
  test('says in one what holds, and why the others do not', () => {
    const at = '2026-11-22T13:26:00Z'
    expect(
      renderConditions(
        [
          { type: 'A', status: 'True', lastTransitionTime: at },
          { type: 'B', status: 'False', lastTransitionTime: at, reason: 'Why', message: 'two\nlines' },
          { type: 'C', status: 'True', lastTransitionTime: at },
          { type: 'D', status: 'False', lastTransitionTime: at, reason: 'Why', message: 'two\nlines' },
          { type: 'E', status: 'Unknown' },
          { type: 'F', status: 'True', reason: 'R', message: 'm' },
        ],
        NOW,
      ),
    ).toEqual(['True: A, C', 'B, D False for 34m: Why: two lines', 'E Unknown', 'F True: R: m'])
  })
})

describe('summarisePod', () => {
  const text = toYaml(summarisePod(CRASHING_POD, NOW))

  test('is what its snapshot says', async () => {
    await expect(`${text}\n`).toMatchFileSnapshot('../../snapshots/answers/pod-summary.txt')
  })

  test('stays within 800 tokens, and half of the whole', () => {
    // o200k takes 3 bytes of such text for a token.
    expect(text.length / 3).toBeLessThan(800 - 100)
    expect(text.length).toBeLessThan(toYaml(tidy(CRASHING_POD)).length / 2)
  })

  test.each([
    ['restartPolicy', { restartPolicy: 'Never' }, 'restartPolicy: Never'],
    ['hostNetwork', { hostNetwork: true }, 'hostNetwork: true'],
    ['another security context', { securityContext: { runAsUser: 0 } }, 'securityContext: {runAsUser: 0}'],
    ['another service account field', { serviceAccount: 'other' }, 'serviceAccount: other'],
    ['a toleration that is no default', { tolerations: [{ operator: 'Exists' }] }, 'tolerations: [{operator: Exists}]'],
    ['a field of tomorrow', { teleport: { to: 'moon' } }, 'teleport: {to: moon}'],
  ])('shows %s, which is no default', (_, fields, line) => {
    const spec = { ...(CRASHING_POD.spec as object), ...fields }
    expect(toYaml(summarisePod({ ...CRASHING_POD, spec }, NOW))).toContain(`  ${line}`)
  })

  test('shows what the kubelet runs where it differs from what was declared', () => {
    const status = CRASHING_POD.status as { containerStatuses: readonly object[] }
    const containerStatuses = [{ ...status.containerStatuses[0], image: 'shop/checkout:1.13.0' }]
    const pod = { ...CRASHING_POD, status: { ...status, containerStatuses } }
    expect(toYaml(summarisePod(pod, NOW))).toContain('image: shop/checkout:1.13.0')
    expect(text.match(/image: /g)).toHaveLength(1)
  })

  test.each([
    [{ running: { startedAt: '2026-11-22T13:55:00Z' } }, "state: 'running: for 5m'"],
    [
      { terminated: { exitCode: 137, signal: 9, reason: 'OOMKilled' } },
      'terminated: OOMKilled, exit code 137, signal 9',
    ],
    [{ waiting: {} }, "state: 'waiting:'"],
  ])('says the state %j', (state, words) => {
    const status = { phase: 'Running', containerStatuses: [{ name: 'app', state }] }
    expect(toYaml(summarisePod({ ...CRASHING_POD, status }, NOW))).toContain(words)
  })

  test.each([
    [{ running: {} }, false, true],
    [{ running: {} }, true, false],
    [{ waiting: {} }, false, false],
  ])('with the state %j, started %s is shown: %s', (state, started, shown) => {
    const status = { phase: 'Running', containerStatuses: [{ name: 'app', state, started }] }
    expect(toYaml(summarisePod({ ...CRASHING_POD, status }, NOW)).includes('started')).toBe(shown)
  })

  test('never fails, whatever stands where', () => {
    return fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (metadata, spec, status) => {
        expect(typeof toYaml(summarisePod({ metadata, spec, status } as unknown as KubeObject, NOW))).toBe('string')
      }),
    )
  })
})
