import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BulkheadError } from '../../../src/errors.ts'
import type { Discovered } from '../../../src/kube/discovery-document.ts'
import { editDistance, nearest } from '../../../src/kube/nearest.ts'
import { checkQuestion, resolveKind, typeOf as typeFrom } from '../../../src/kube/resolve.ts'
import { apiVersionOf, type ResourceType } from '../../../src/tool.ts'
import { DEPLOYMENTS, NODES, PODS, SECRETS, typeOf } from './support.ts'

const TYPES: readonly ResourceType[] = [
  PODS,
  NODES,
  SECRETS,
  typeOf('', 'v1', 'Event', 'events', { shortNames: ['ev'] }),
  typeOf('', 'v1', 'Service', 'services', { shortNames: ['svc'] }),
  typeOf('apps', 'v1', 'ReplicaSet', 'replicasets', { shortNames: ['rs'] }),
  DEPLOYMENTS,
  typeOf('autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', { shortNames: ['hpa'] }),
  typeOf('autoscaling', 'v1', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', { shortNames: ['hpa'] }),
  typeOf('events.k8s.io', 'v1', 'Event', 'events', { shortNames: ['ev'] }),
  typeOf('networking.k8s.io', 'v1', 'Ingress', 'ingresses', { shortNames: ['ing'] }),
  // A metrics API and custom resources that would all like to be somebody else.
  typeOf('metrics.k8s.io', 'v1beta1', 'PodMetrics', 'pods', { singular: 'pod' }),
  typeOf('metrics.k8s.io', 'v1beta1', 'NodeMetrics', 'nodes', { namespaced: false, singular: 'node' }),
  typeOf('evil.example', 'v1', 'Secret', 'secrets'),
  typeOf('evil.example', 'v1', 'Deployment', 'deployments', { shortNames: ['po', 'deploy'] }),
  typeOf('serving.knative.dev', 'v1', 'Service', 'services', { shortNames: ['ksvc'] }),
  typeOf('cluster.x-k8s.io', 'v1beta1', 'Cluster', 'clusters', { shortNames: ['cl'] }),
  typeOf('fleet.example', 'v1', 'Cluster', 'clusters'),
  typeOf('shop.example', 'v1', 'Widget', 'widgets', { shortNames: ['wd'] }),
]
const DISCOVERED: Discovered = { types: TYPES, unavailable: [] }

const resolve = (kind: string, apiVersion?: string, discovered = DISCOVERED): ResourceType => {
  const question = checkQuestion(kind, apiVersion)
  return typeFrom(resolveKind(discovered.types, question), question, discovered)
}
const said = (type: ResourceType) => `${apiVersionOf(type)} ${type.resource}`
const refusal = (kind: string, apiVersion?: string, discovered = DISCOVERED): BulkheadError => {
  try {
    resolve(kind, apiVersion, discovered)
  } catch (error) {
    if (error instanceof BulkheadError) return error
  }
  throw new Error(`Expected a refusal of ${kind}`)
}

describe('what a kind is called', () => {
  test.each<[string, string | undefined, string]>([
    ['Pod', undefined, 'v1 pods'],
    ['pods', undefined, 'v1 pods'],
    ['PODS', undefined, 'v1 pods'],
    ['po', undefined, 'v1 pods'],
    ['pod', 'v1', 'v1 pods'],
    ['deploy', undefined, 'apps/v1 deployments'],
    ['Deployment', 'apps/v1', 'apps/v1 deployments'],
    ['deployments.apps', undefined, 'apps/v1 deployments'],
    ['Deployment.apps', undefined, 'apps/v1 deployments'],
    ['deployments.evil.example', undefined, 'evil.example/v1 deployments'],
    ['ingress', undefined, 'networking.k8s.io/v1 ingresses'],
    ['wd', undefined, 'shop.example/v1 widgets'],
    ['widget.shop.example', 'shop.example/v1', 'shop.example/v1 widgets'],
    ['hpa', undefined, 'autoscaling/v2 horizontalpodautoscalers'],
    ['hpa', 'autoscaling/v1', 'autoscaling/v1 horizontalpodautoscalers'],
  ])('%s in %s is %s', (kind, apiVersion, expected) => {
    expect(said(resolve(kind, apiVersion))).toBe(expected)
  })

  test.each([
    ['pods', 'v1 pods'],
    ['node', 'v1 nodes'],
    ['events', 'v1 events'],
    ['ev', 'v1 events'],
    ['svc', 'v1 services'],
    ['Service', 'v1 services'],
    ['secrets', 'v1 secrets'],
    ['po', 'v1 pods'],
    ['deploy', 'apps/v1 deployments'],
  ])('no other group can shadow %s', (kind, expected) => {
    const reversed = { types: TYPES.toReversed(), unavailable: [] }
    expect(said(resolve(kind))).toBe(expected)
    expect(said(resolve(kind, undefined, reversed))).toBe(expected)
  })

  test('PodMetrics are reached by their kind, group or apiVersion', () => {
    expect(said(resolve('PodMetrics'))).toBe('metrics.k8s.io/v1beta1 pods')
    expect(said(resolve('pods.metrics.k8s.io'))).toBe('metrics.k8s.io/v1beta1 pods')
    expect(said(resolve('pods', 'metrics.k8s.io/v1beta1'))).toBe('metrics.k8s.io/v1beta1 pods')
  })

  test('a name that fits several groups is ambiguous, and says how to say it', () => {
    const error = refusal('cluster')
    expect(error.code).toBe('ambiguous_kind')
    expect(error.untrusted).toContain('clusters.cluster.x-k8s.io (apiVersion cluster.x-k8s.io/v1beta1)')
    expect(error.untrusted).toContain('clusters.fleet.example (apiVersion fleet.example/v1)')
    expect(said(resolve('clusters.fleet.example'))).toBe('fleet.example/v1 clusters')
  })

  test('an unknown kind comes with the nearest', () => {
    const error = refusal('Deploymnet')
    expect(error.code).toBe('unknown_kind')
    expect(error.untrusted).toContain('Deployment (deployments.apps)')
    expect(refusal('podd').untrusted).toContain('Pod (pods)')
    expect(refusal('xyzzyxyzzyxyzzy').untrusted).toBeUndefined()
  })

  test('a kind in the wrong group or version comes with the right one', () => {
    const error = refusal('Deployment', 'apps/v1beta1')
    expect(error.message).toContain('no resource type "Deployment" in apps/v1beta1')
    expect(error.untrusted).toMatch(/^Served as: apps\/v1\b/)
    expect(refusal('widgets.apps').untrusted).toContain('shop.example/v1')
    expect(refusal('widgets', 'v1').code).toBe('unknown_kind')
  })

  test('groups that do not answer are named where they may have had it', () => {
    const partial = { types: TYPES, unavailable: ['custom.metrics.k8s.io/v1beta2'] }
    expect(refusal('frobnicator', undefined, partial).untrusted).toContain('custom.metrics.k8s.io/v1beta2')
  })

  test('L3-5 what no kind could be called is refused before anything is looked up', () => {
    for (const kind of [
      '',
      'pods/exec',
      'pods%2fexec',
      '../pods',
      '--server=https://evil',
      'p\u043eds',
      'a'.repeat(300),
    ]) {
      expect(refusal(kind).code).toBe('invalid_arguments')
    }
    expect(refusal('pods', 'v1/../apps').code).toBe('invalid_arguments')
  })
})

describe('the nearest words', () => {
  /** The definition, without its shortcuts. */
  const slow = (a: string, b: string): number =>
    a === '' || b === ''
      ? a.length + b.length
      : Math.min(
          slow(a.slice(1), b) + 1,
          slow(a, b.slice(1)) + 1,
          slow(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1),
        )
  const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })

  test('are as far away as Levenshtein says, up to the bound', () => {
    fc.assert(
      fc.property(short, short, fc.nat({ max: 6 }), (a, b, limit) => {
        expect(editDistance(a, b, limit)).toBe(Math.min(slow(a, b), limit + 1))
      }),
    )
  })

  test('are few, nearest first', () => {
    const known = ['pods', 'nods', 'pads', 'puds', 'pots', 'pod', 'podz', 'deployments']
    const found = nearest('pods', known, (it) => [it])
    expect(found).toHaveLength(5)
    expect(found[0]).toBe('pods')
    expect(found).not.toContain('deployments')
  })
})
