import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BulkheadError } from '../../../src/errors.ts'
import {
  type ApiPath,
  CORE_DISCOVERY_PATH,
  groupVersionPath,
  type PathType,
  resourcePath,
  reviewPath,
  type Target,
} from '../../../src/kube/path.ts'
import { DEPLOYMENTS, NODES, PODS } from './support.ts'

/** Printable or not, ASCII or not, dots and slashes more often than chance gives them. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({
    unit: fc.constantFrom('.', '/', '%', '2', 'f', 'F', 'e', 'a', '-', '?', '#', '\\', ':', '@'),
    maxLength: 12,
  }),
  fc.constantFrom('..', '.', '%2e%2e', '../..', 'web-1', 'shop', 'exec', '--server=https://evil.example'),
)
/** Mostly what may pass, so that the property is about more than refusals. */
const mostly = (...good: string[]) =>
  fc.oneof({ arbitrary: fc.constantFrom(...good), weight: 4 }, { arbitrary: anyText, weight: 1 })
const aType: fc.Arbitrary<PathType> = fc.record({
  group: mostly('', 'apps', 'metrics.k8s.io', 'rbac.authorization.k8s.io'),
  version: mostly('v1', 'v1beta1'),
  resource: mostly('pods', 'nodes', 'clusterroles'),
  namespaced: fc.boolean(),
})
const aTarget = fc.record(
  { namespace: mostly('shop', 'kube-system'), name: mostly('web-1', 'system:node', '::1', 'a.b') },
  { requiredKeys: [] },
)
const aQuery = fc.dictionary(fc.constantFrom('labelSelector', 'limit', 'continue'), anyText)

const built = (type: PathType, target: Target, query: Record<string, string> = {}): ApiPath | undefined => {
  try {
    return resourcePath(type, target, query)
  } catch (error) {
    expect(error).toBeInstanceOf(BulkheadError)
    expect((error as BulkheadError).code).toBe('invalid_arguments')
    return undefined
  }
}

const BASES = ['https://cluster.test', 'https://proxy.test:8443/k8s/clusters/c-1']

describe('L3-1 the path builder', () => {
  test('says what Kubernetes says', () => {
    expect(resourcePath(PODS, {})).toBe('/api/v1/pods')
    expect(resourcePath(PODS, { namespace: 'shop' }, { limit: 5 })).toBe('/api/v1/namespaces/shop/pods?limit=5')
    expect(resourcePath(PODS, { namespace: 'shop', name: 'web-1' })).toBe('/api/v1/namespaces/shop/pods/web-1')
    expect(resourcePath(PODS, { namespace: 'shop', name: 'web-1', subresource: 'log' })).toBe(
      '/api/v1/namespaces/shop/pods/web-1/log',
    )
    expect(resourcePath(DEPLOYMENTS, { namespace: 'shop' })).toBe('/apis/apps/v1/namespaces/shop/deployments')
    expect(resourcePath(NODES, { name: 'node-1' })).toBe('/api/v1/nodes/node-1')
    expect(resourcePath(NODES, {}, { labelSelector: 'a in (b,c)', continue: undefined })).toBe(
      '/api/v1/nodes?labelSelector=a+in+%28b%2Cc%29',
    )
    expect(CORE_DISCOVERY_PATH).toBe('/api')
    expect(groupVersionPath({ group: 'apps', version: 'v1' })).toBe('/apis/apps/v1')
    expect(reviewPath('SelfSubjectReview')).toBe('/apis/authentication.k8s.io/v1/selfsubjectreviews')
  })

  test('L4-1 never leaves the origin or the base path, and decodes back to what went in', () => {
    let reached = 0
    fc.assert(
      fc.property(aType, aTarget, aQuery, (type, target, query) => {
        const path = built(type, target, query)
        if (path === undefined) return
        reached++
        for (const base of BASES) {
          const url = new URL(base + path)
          const home = new URL(base)
          expect(url.origin).toBe(home.origin)
          // Nothing that the URL parser would read otherwise than it stands there.
          expect(url.href).toBe(base + path)
          expect(url.hash).toBe('')
          expect(url.username).toBe('')
          const prefix = home.pathname.replace(/\/$/, '')
          expect(url.pathname.startsWith(`${prefix}/api`)).toBe(true)
          const [, ...parts] = url.pathname.slice(prefix.length).split('/')
          expect(parts.map(decodeURIComponent)).toEqual([
            ...(type.group === '' ? ['api'] : ['apis', type.group]),
            type.version,
            ...(target.namespace === undefined ? [] : ['namespaces', target.namespace]),
            type.resource,
            ...(target.name === undefined ? [] : [target.name]),
          ])
          // URLSearchParams replaces what is no Unicode text, as every encoder must.
          const clean = Object.entries(query).map(([key, value]) => [key, value.toWellFormed()])
          expect([...url.searchParams]).toEqual(clean)
        }
      }),
      { numRuns: 2000 },
    )
    expect(reached).toBeGreaterThan(200)
  })

  test('takes the scope from discovery, never from input', () => {
    const code = (make: () => unknown) => expect(make).toThrow(expect.objectContaining({ code: 'invalid_arguments' }))
    code(() => resourcePath(NODES, { namespace: 'shop' }))
    code(() => resourcePath(NODES, { namespace: 'shop', name: 'node-1' }))
    code(() => resourcePath(PODS, { name: 'web-1' }))
  })

  test('L3-5 reaches no subresource but the log and the eviction of a pod, and a scale', () => {
    for (const subresource of ['exec', 'attach', 'portforward', 'proxy', 'ephemeralcontainers', 'token', 'status']) {
      const target = { namespace: 'shop', name: 'web-1', subresource } as unknown as Target
      expect(built(PODS, target)).toBeUndefined()
    }
    expect(built(DEPLOYMENTS, { namespace: 'shop', name: 'web', subresource: 'log' })).toBeUndefined()
    expect(built(DEPLOYMENTS, { namespace: 'shop', name: 'web', subresource: 'eviction' })).toBeUndefined()
    expect(built({ ...PODS, resource: 'pods/exec' }, { namespace: 'shop', name: 'web-1' })).toBeUndefined()
    expect(built({ ...PODS, resource: 'pods%2Fexec' }, { namespace: 'shop', name: 'web-1' })).toBeUndefined()
  })
})
