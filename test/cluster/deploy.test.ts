/**
 * What `deploy/` ships, on a real API server: the roles grant what they say and no more, with the tokens that an operator
 * would hand to Bulkhead; the manifest for the inside of a cluster is accepted, Pod Security included.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadAll } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { clusterJson, clusterRequest } from '../../scripts/control-plane/client.ts'
import { applyManifests } from '../../scripts/control-plane/helpers.ts'
import { waitFor } from '../../scripts/control-plane/wait.ts'
import { createKubeClient } from '../../src/kube/client.ts'
import { createDiscoveryMemory } from '../../src/kube/discovery.ts'
import { examinePowers } from '../../src/kube/overpowered.ts'
import { createNodeTransport } from '../support/node-transport.ts'
import { mapCache } from '../support/scripted-transport.ts'

const controlPlane = inject('controlPlane')
const run = promisify(execFile)
const deploy = (path: string) => fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url))
/** Discovery of a fresh cluster and an apply: seconds. */
const KUBECTL_DEADLINE_MS = 30_000
const TOKEN_DEADLINE_MS = 15_000
/** Namespaces of these tests alone: one where the opt-in is bound, one where changes are. */
const OPTED_IN = 'deploy-opted-in'
const CHANGED = 'deploy-changed'

let home: string
const kubectl = async (...args: string[]): Promise<string> => {
  const { stdout } = await run(controlPlane.kubectl, ['--kubeconfig', controlPlane.kubeconfig, ...args], {
    timeout: KUBECTL_DEADLINE_MS,
    env: { HOME: home },
  })
  return stdout
}

/** What the token controller has put into the Secret that the shipped file makes, as the comment in it says to read it. */
const tokenOf = (secret: string): Promise<string> =>
  waitFor(
    async () => {
      const path = `/api/v1/namespaces/bulkhead/secrets/${secret}`
      const { data } = (await clusterJson(controlPlane, { path })) as { data?: { token?: string } }
      return data?.token !== undefined && Buffer.from(data.token, 'base64').toString('utf8')
    },
    { what: `a token in ${secret}`, deadlineMs: TOKEN_DEADLINE_MS },
  )

const statusFor = async (token: string, path: string, body?: object): Promise<number> => {
  const { status } = await clusterRequest(controlPlane, {
    path,
    token,
    ...(body === undefined ? {} : { method: 'POST', body }),
  })
  return status
}

interface Attributes {
  readonly verb: string
  readonly group?: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
}

const may = async (token: string, resourceAttributes: Attributes): Promise<boolean> => {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const { status } = (await clusterJson(controlPlane, { method: 'POST', path, body, token })) as {
    status: { allowed: boolean }
  }
  return status.allowed
}

const configMap = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'made-by-a-test', namespace },
})

const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n`

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'bulkhead-kubectl-'))
  await applyManifests(controlPlane, namespace(OPTED_IN))
  await applyManifests(controlPlane, namespace(CHANGED))
  // Other files apply this one too, at the same time perhaps: server-side apply does not mind.
  await applyManifests(controlPlane, await readFile(deploy('rbac/read.yaml'), 'utf8'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

describe('deploy/rbac/read.yaml', () => {
  test('gives a token that lists pods, and neither lists Secrets nor creates anything', async () => {
    const token = await tokenOf('bulkhead-read-token')
    expect(await statusFor(token, '/api/v1/namespaces/shop/pods')).toBe(200)
    expect(await statusFor(token, '/api/v1/pods')).toBe(200)
    expect(await statusFor(token, '/api/v1/namespaces/shop/secrets')).toBe(403)
    expect(await statusFor(token, '/api/v1/secrets')).toBe(403)
    expect(await statusFor(token, '/api/v1/namespaces/shop/configmaps', configMap('shop'))).toBe(403)
  })

  test('L4-3 makes a credential that Bulkhead itself finds fit to read with', async () => {
    const { server, certificateAuthority } = controlPlane
    const transport = createNodeTransport({ server, certificateAuthority })
    try {
      const token = await tokenOf('bulkhead-read-token')
      const client = createKubeClient({
        cluster: 'real',
        server,
        transport,
        token: async () => token,
        clock: { now: Date.now },
        cache: mapCache(),
        memory: createDiscoveryMemory(),
        version: '0.0.0',
      })
      const findings = await examinePowers(client, ['default', 'shop'], new AbortController().signal)
      expect(findings.filter(({ severity }) => severity === 'refuse')).toEqual([])
    } finally {
      transport.stop()
    }
  })
})

describe('deploy/rbac/secrets-optin.yaml', () => {
  test('L4-2 lets the read credential see the Secrets of the one namespace where it is applied', async () => {
    const token = await tokenOf('bulkhead-read-token')
    const before = await statusFor(token, `/api/v1/namespaces/${OPTED_IN}/secrets`)
    await kubectl('apply', '--namespace', OPTED_IN, '-f', deploy('rbac/secrets-optin.yaml'))
    const allowed = () => may(token, { verb: 'list', resource: 'secrets', namespace: OPTED_IN })
    await waitFor(allowed, { what: 'the binding to be known', deadlineMs: TOKEN_DEADLINE_MS })
    expect(before).toBe(403)
    expect(await statusFor(token, `/api/v1/namespaces/${OPTED_IN}/secrets`)).toBe(200)
    expect(await statusFor(token, '/api/v1/namespaces/shop/secrets')).toBe(403)
    expect(await statusFor(token, '/api/v1/secrets')).toBe(403)
    expect(await may(token, { verb: 'delete', resource: 'secrets', namespace: OPTED_IN })).toBe(false)
  })
})

describe('deploy/rbac/change.yaml', () => {
  test('L4-2 applies, and its own credential changes where it is bound and nowhere else', async () => {
    await kubectl('apply', '-f', deploy('rbac/change.yaml'))
    const token = await tokenOf('bulkhead-change-token')
    const patch = { verb: 'patch', group: 'apps', resource: 'deployments' }
    expect(await may(token, { ...patch, namespace: CHANGED })).toBe(false)
    await kubectl(
      ...['--namespace', CHANGED, 'create', 'rolebinding', 'bulkhead-change'],
      ...['--clusterrole=bulkhead-change', '--serviceaccount=bulkhead:bulkhead-change'],
    )
    const allowed = () => may(token, { ...patch, namespace: CHANGED })
    await waitFor(allowed, { what: 'the binding to be known', deadlineMs: TOKEN_DEADLINE_MS })
    expect(await may(token, { ...patch, namespace: 'shop' })).toBe(false)
    expect(await may(token, { ...patch, namespace: 'kube-system' })).toBe(false)
    expect(await may(token, { verb: 'list', resource: 'secrets', namespace: CHANGED })).toBe(false)
    expect(await may(token, { verb: 'create', resource: 'pods', subresource: 'exec', namespace: CHANGED })).toBe(false)
  })
})

describe('deploy/deno/manifest.yaml', () => {
  const podOf = async () => {
    const documents = loadAll(await readFile(deploy('deno/manifest.yaml'), 'utf8')) as { kind: string; spec: never }[]
    const deployment = documents.find(({ kind }) => kind === 'Deployment')
    const { template } = deployment?.spec ?? { template: { spec: {} as Record<string, unknown> } }
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'dry', namespace: 'bulkhead' }, spec: template.spec }
  }
  const dryRun = (pod: object) =>
    clusterRequest(controlPlane, {
      method: 'POST',
      path: '/api/v1/namespaces/bulkhead/pods?dryRun=All&fieldValidation=Strict',
      body: pod,
    })

  test('is accepted as it stands', async () => {
    const said = await kubectl('apply', '--dry-run=server', '--validate=strict', '-f', deploy('deno/manifest.yaml'))
    expect(said.match(/\(server dry run\)/g)).toHaveLength(5)
  })

  test('asks for a pod that restricted Pod Security lets in', async () => {
    const pod = await podOf()
    const admitted = await dryRun(pod)
    expect(admitted.status, admitted.text).toBe(201)
    const careless = await dryRun({ ...pod, spec: { ...pod.spec, securityContext: {} } })
    expect(careless.status).toBe(403)
    expect(careless.text).toMatch(/violates PodSecurity/)
  })
})
