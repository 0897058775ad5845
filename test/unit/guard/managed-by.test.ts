import { describe, expect, it, test } from 'vitest'
import { parse } from 'yaml'
import { BulkheadError } from '../../../src/errors.ts'
import { type Managed, managedBy, sourceOf, sourcePatch } from '../../../src/guard/managed-by.ts'
import type { Json, KubeObject } from '../../../src/tool.ts'
import { typeOf } from './writes.ts'

type Fields = { readonly [key: string]: Json }
const signal = new AbortController().signal

const labelled = (labels: Record<string, string>, metadata: Fields = {}): KubeObject =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', labels, ...metadata },
  }) as KubeObject
const annotated = (annotations: Fields, labels: Record<string, string> = {}): KubeObject =>
  labelled(labels, { annotations })
const appliedBy = (manager: string) => ({ managedFields: [{ manager, operation: 'Apply' }] })
const INSTANCE = { 'app.kubernetes.io/instance': 'shop' }
const HELM = { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': 'shop' }
const helmController = { 'helm.toolkit.fluxcd.io/name': 'shop', 'helm.toolkit.fluxcd.io/namespace': 'flux-system' }
const kustomize = { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' }

describe('who else has an object in hand', () => {
  it.each<[string, KubeObject, string, string]>([
    [
      'Argo CD by its tracking id',
      annotated({ 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' }),
      'argocd',
      'Application shop',
    ],
    [
      'Argo CD of another namespace',
      annotated({ 'argocd.argoproj.io/tracking-id': 'team_shop:apps/Deployment:shop/web' }),
      'argocd',
      'Application shop',
    ],
    ['Argo CD by its own label', labelled({ 'argocd.argoproj.io/instance': 'shop' }), 'argocd', 'Application shop'],
    [
      'Argo CD by its manager and label',
      labelled(INSTANCE, appliedBy('argocd-controller')),
      'argocd',
      'Application shop',
    ],
    ['Argo CD by its manager alone', labelled({}, appliedBy('argocd-controller')), 'argocd', 'an Application'],
    ['a Kustomization of Flux', labelled(kustomize), 'flux', 'Kustomization flux-system/apps'],
    [
      'a HelmRelease of Flux, before its release',
      annotated(HELM, helmController),
      'flux',
      'HelmRelease flux-system/shop',
    ],
    ['Helm', annotated(HELM, { 'app.kubernetes.io/managed-by': 'Helm' }), 'helm', 'release shop/shop'],
    ['Helm without a namespace', annotated({ 'meta.helm.sh/release-name': 'shop' }), 'helm', 'release shop/shop'],
  ])('%s', (_, live, manager, owner) => {
    expect(managedBy(live)).toMatchObject({ manager, owner })
  })

  it.each<[string, KubeObject]>([
    ['nobody', labelled({})],
    ["an instance label, which is everybody's", labelled(INSTANCE)],
    ['a label that says Helm and names no release', labelled({ 'app.kubernetes.io/managed-by': 'Helm' })],
    ['half of a Kustomization', labelled({ 'kustomize.toolkit.fluxcd.io/name': 'apps' })],
    ['what is no object at all', { metadata: { labels: 1, annotations: [] } } as unknown as KubeObject],
  ])('not: %s', (_, live) => {
    expect(managedBy(live)).toBeUndefined()
  })
})

/** Objects by `Kind namespace/name`; what is not there is not found. */
const readerOf = (specs: Readonly<Record<string, Fields>>) => {
  const asked: string[] = []
  return {
    asked,
    resolve: async (kind: string) => {
      const [name = '', ...group] = kind.split('.')
      return typeOf(`${group.join('.')}/v1`, name)
    },
    get: async (type: { readonly kind: string }, name: string, namespace: string | undefined): Promise<KubeObject> => {
      const key = `${type.kind} ${namespace}/${name}`
      asked.push(key)
      const spec = specs[key]
      if (spec === undefined) throw new BulkheadError('not_found', 'No.')
      return { kind: type.kind, spec }
    },
  }
}

const managed = (object: KubeObject): Managed => {
  const found = managedBy(object)
  if (found === undefined) throw new Error('Nobody manages it')
  return found
}
const argo = annotated({ 'argocd.argoproj.io/tracking-id': 'team_shop:apps/Deployment:shop/web' })
const password = ['hunter', '2', '-of-the-shop'].join('')

describe('where its source is', () => {
  it.each<[string, KubeObject, Record<string, Fields>, Fields]>([
    [
      'an Application',
      argo,
      { 'Application team/shop': { source: { repoURL: 'https://git.example.com/shop.git', path: 'deploy' } } },
      { repository: 'https://git.example.com/shop.git', path: 'deploy' },
    ],
    [
      'an Application of several sources',
      argo,
      {
        'Application team/shop': {
          sources: [
            { repoURL: 'https://charts.example.com', chart: 'shop' },
            { repoURL: 'https://git.example.com/values', path: 'values' },
          ],
        },
      },
      { repository: 'https://git.example.com/values', path: 'values' },
    ],
    [
      'a Kustomization',
      labelled(kustomize),
      {
        'Kustomization flux-system/apps': { path: './apps', sourceRef: { kind: 'GitRepository', name: 'fleet' } },
        'GitRepository flux-system/fleet': { url: 'ssh://git@git.example.com/fleet' },
      },
      { repository: 'ssh://git.example.com/fleet', path: './apps' },
    ],
    [
      'a Kustomization from another namespace, whose repository may not be read',
      labelled(kustomize),
      {
        'Kustomization flux-system/apps': {
          path: './apps',
          sourceRef: { kind: 'GitRepository', name: 'fleet', namespace: 'x' },
        },
      },
      { path: './apps' },
    ],
    [
      'a HelmRelease',
      annotated(HELM, helmController),
      {
        'HelmRelease flux-system/shop': {
          chart: { spec: { chart: 'shop', sourceRef: { kind: 'HelmRepository', name: 'charts' } } },
        },
        'HelmRepository flux-system/charts': { url: 'https://charts.example.com' },
      },
      { repository: 'https://charts.example.com', path: 'shop' },
    ],
    [
      'a HelmRelease of an OCI chart',
      annotated(HELM, helmController),
      {
        'HelmRelease flux-system/shop': { chartRef: { kind: 'OCIRepository', name: 'shop', namespace: 'charts' } },
        'OCIRepository charts/shop': { url: 'oci://registry.example.com/shop' },
      },
      { repository: 'oci://registry.example.com/shop' },
    ],
    ['an owner that may not be read', argo, {}, {}],
    [
      'an owner that names another kind',
      labelled(kustomize),
      { 'Kustomization flux-system/apps': { path: 'p', sourceRef: { kind: 'Secret', name: 'x' } } },
      { path: 'p' },
    ],
  ])('%s', async (_, live, specs, expected) => {
    const reader = readerOf(specs)
    const { manager, owner } = managed(live)
    expect(await sourceOf(managed(live), reader, signal)).toEqual({ manager, owner, ...expected })
    expect(reader.asked.length).toBeLessThanOrEqual(2)
    expect(reader.asked.join()).not.toContain('Secret')
  })

  it.each([
    `https://bot:${password}@git.example.com/shop`,
    `https://${password}@git.example.com/shop`,
    `https://bot:p@${password}@git.example.com/shop`,
    `HTTPS://bot:${password}@git.example.com/shop`,
    `https:\\\\bot:${password}@git.example.com/shop`,
    `https://git.example.com/shop?access_token=${password}`,
    `https://git.example.com/shop#${password}`,
  ])('never holds a credential of its address: %#', async (repoURL) => {
    const reader = readerOf({ 'Application team/shop': { source: { repoURL, path: 'deploy' } } })
    const found = await sourceOf(managed(argo), reader, signal)
    expect(found.repository).toMatch(/git\.example\.com[\\/]shop$/)
    expect(JSON.stringify(found)).not.toContain(password)
  })

  test('what is not a refusal of the cluster is not swallowed', async () => {
    const reader = { ...readerOf({}), get: () => Promise.reject(new Error('Stop')) }
    await expect(sourceOf(managed(argo), reader, signal)).rejects.toThrow('Stop')
  })
})

describe('the same change as a patch for its source', () => {
  const deployment = (spec: Fields, metadata: Fields = {}, status: Fields = {}): KubeObject =>
    ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', uid: 'u', ...metadata },
      spec,
      status,
    }) as KubeObject
  const containers = (...images: readonly (readonly [string, string])[]): Json =>
    images.map(([name, image]) => ({ name, image, ports: [{ containerPort: 80 }] }))
  const patchOf = (before: KubeObject, after: KubeObject): Json => parse(sourcePatch(before, after)) as Json
  const head = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } }

  test('names the object, and what is to be otherwise, and nothing else', () => {
    const before = deployment({ replicas: 2, template: { spec: {} } }, { resourceVersion: '1' }, { replicas: 2 })
    const after = deployment({ replicas: 5, template: { spec: {} } }, { resourceVersion: '2', generation: 9 })
    expect(patchOf(before, after)).toEqual({ ...head, spec: { replicas: 5 } })
  })

  test('of containers and their environment, names those that change', () => {
    const before = deployment({
      template: { spec: { containers: containers(['app', 'a:1'], ['proxy', 'p:1'], ['old', 'o']) } },
    })
    const after = deployment({
      template: { spec: { containers: containers(['app', 'a:2'], ['proxy', 'p:1'], ['new', 'n']) } },
    })
    expect(patchOf(before, after)).toEqual({
      ...head,
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'app', image: 'a:2' },
              { name: 'new', image: 'n', ports: [{ containerPort: 80 }] },
              { name: 'old', $patch: 'delete' },
            ],
          },
        },
      },
    })
  })

  test('of any other list says all of it, and of what goes null', () => {
    const before = deployment({ paused: true, args: ['a', 'b'] }, { labels: { team: 'x', tier: 'y' } })
    const after = deployment({ args: ['a', 'c'] }, { labels: { tier: 'y' } })
    expect(patchOf(before, after)).toEqual({
      ...head,
      metadata: { ...head.metadata, labels: { team: null } },
      spec: { paused: null, args: ['a', 'c'] },
    })
  })

  test('does not take another order of keys for a change', () => {
    const before = deployment({ selector: { a: 1, b: 2 }, replicas: 1 })
    const after = deployment({ replicas: 2, selector: { b: 2, a: 1 } })
    expect(patchOf(before, after)).toEqual({ ...head, spec: { replicas: 2 } })
  })
})
