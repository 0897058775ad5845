/** The demo cluster with its administrator's hand, the opt-in for Secrets bound in the canaries' namespace, and their log. */
import { readFile } from 'node:fs/promises'
import { loadAll } from 'js-yaml'
import { addPrograms, opening } from '../../scripts/demo/controllers/programs.ts'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { NAMESPACE, namespaceObject, own, type PlantedObject } from './canary-objects.ts'
import type { CanaryTarget } from './canary-suite.ts'
import { IMAGE, logLines } from './canary-workloads.ts'
import { collectionOf, type Send } from './plant.ts'
import { createRawClient } from './raw-https.ts'

/** What an operator adds for the custom resources of this cluster. */
export const readKeepers = (namespace: string): readonly PlantedObject[] => [
  own(
    'rbac.authorization.k8s.io/v1',
    'Role',
    'read-keepers',
    { rules: [{ apiGroups: ['canary.example.com'], resources: ['keepers'], verbs: ['get', 'list'] }] },
    { namespace },
  ),
  own(
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
    'read-keepers',
    {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'read-keepers' },
      subjects: [{ kind: 'ServiceAccount', name: 'bulkhead-read', namespace: 'bulkhead' }],
    },
    { namespace },
  ),
]

/** deploy/rbac/secrets-optin.yaml in the canaries' namespace, as its comment says. */
export const grantReads = async (send: Send): Promise<void> => {
  const text = await readFile(new URL('../../deploy/rbac/secrets-optin.yaml', import.meta.url), 'utf8')
  const optIn = (loadAll(text) as PlantedObject[]).map((it) => ({
    ...it,
    metadata: { ...it.metadata, namespace: NAMESPACE },
  }))
  for (const object of [namespaceObject(), ...optIn, ...readKeepers(NAMESPACE)]) {
    const { status, text: answer } = await send('POST', collectionOf(object), object)
    if (status !== 201) throw new Error(`${object.kind} ${object.metadata.name}: ${status}: ${answer}`)
  }
}

/** Everything in a namespace, Secrets too: what keeps values in must not be RBAC. As broad a role is refused cluster-wide. */
export const grantChanges = async (send: Send, namespace: string): Promise<void> => {
  const verbs = ['get', 'list', 'create', 'update', 'patch', 'delete']
  const objects = [
    own(
      'rbac.authorization.k8s.io/v1',
      'Role',
      'change-all',
      { rules: [{ apiGroups: ['*'], resources: ['*'], verbs }] },
      { namespace },
    ),
    own(
      'rbac.authorization.k8s.io/v1',
      'RoleBinding',
      'change-all',
      {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'change-all' },
        subjects: [{ kind: 'ServiceAccount', name: 'bulkhead-change', namespace: 'bulkhead' }],
      },
      { namespace },
    ),
  ]
  for (const object of objects) {
    const { status, text } = await send('POST', collectionOf(object), object)
    if (status !== 201) throw new Error(`${object.kind} ${object.metadata.name}: ${status}: ${text}`)
  }
}

export interface DemoTarget extends CanaryTarget {
  readonly demo: Awaited<ReturnType<typeof startDemoCluster>>
}

export const demoTarget = async (): Promise<DemoTarget> => {
  addPrograms([{ image: IMAGE, log: ({ started }) => opening(started, logLines()) }])
  const demo = await startDemoCluster()
  const raw = createRawClient({ ...demo, token: demo.tokens.admin })
  const send: Send = async (method, path, body, contentType) => {
    const headers = contentType === undefined ? {} : { headers: { 'content-type': contentType } }
    const { status, bytes } = await raw.request(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...headers,
    })
    return { status, text: bytes.toString('utf8') }
  }
  await grantReads(send)
  await grantChanges(send, NAMESPACE)
  return {
    demo,
    cluster: {
      name: 'demo',
      server: demo.server,
      certificateAuthority: demo.certificateAuthority,
      readToken: demo.tokens.read,
      changeToken: demo.tokens.change,
    },
    send,
    async stop() {
      raw.stop()
      await demo.stop()
    },
  }
}
