/** The cluster that is measured against: 500 pods in namespace `load`, and a pod with a log of more than 100 lines. */
import { readFile } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { clusterJson } from '../control-plane/client.ts'
import { startControlPlane } from '../control-plane/control-plane.ts'
import { applyManifests, serviceAccountToken } from '../control-plane/helpers.ts'
import { waitFor } from '../control-plane/wait.ts'

export interface Target {
  readonly title: string
  readonly server: string
  /** PEM */
  readonly certificateAuthority: string
  readonly readToken: string
  /** Of the demo cluster. */
  readonly changeToken?: string
  /** Selects the one pod with the log. */
  readonly logs: { readonly namespace: string; readonly labelSelector: string; readonly container: string }
  /** The arguments of a list that has 20 pods. */
  readonly few: Readonly<Record<string, unknown>>
  /** Path of the kubectl that belongs to it; absent: whichever is on the PATH. */
  readonly kubectl?: string
  stop(): Promise<void>
}

const FEW = 20
export const PODS = 500
const LINES = 200
/** The controller manager makes some 20 pods a second, and a busy machine a fraction. */
const PODS_DEADLINE_MS = 300_000

/** Past the scheduler, which would leave those waiting that are more than the nodes take: every pod is to run. */
const deployment = (name: string, replicas: number): string => `---
apiVersion: v1
kind: Namespace
metadata: { name: ${name} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: load, namespace: ${name} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: load } }
  template:
    metadata: { labels: { app: load } }
    spec: { nodeName: node-a, containers: [{ name: app, image: "load:1.0" }] }
`

const MANIFESTS = `
apiVersion: v1
kind: Namespace
metadata: { name: logs }
---
apiVersion: v1
kind: Pod
metadata: { name: writer, namespace: logs, labels: { app: writer } }
spec: { containers: [{ name: app, image: "writer:1.0" }] }
${deployment('few', FEW)}${deployment('load', PODS)}`

export const startDemo = (): Promise<Target> =>
  new Promise((resolve, reject) => {
    const thread = new Worker(new URL('demo-thread.ts', import.meta.url))
    thread.once('error', reject)
    thread.once('message', (started: Pick<Target, 'server' | 'certificateAuthority' | 'readToken' | 'changeToken'>) =>
      resolve({
        title: 'the demo cluster',
        ...started,
        few: { namespace: 'load', limit: FEW },
        logs: { namespace: 'shop', labelSelector: 'app.kubernetes.io/name=catalog', container: 'app' },
        stop: async () => void (await thread.terminate()),
      }),
    )
  })

export const startReal = async (): Promise<Target> => {
  const lines = Array.from(
    { length: LINES },
    (_, at) => `level=info msg="request" path=/products/${at} duration=${at}ms`,
  )
  const cluster = await startControlPlane({
    logs: [{ namespace: 'logs', container: 'app', lines }],
    onProgress: (text) => process.stderr.write(`${text}\n`),
  })
  try {
    await applyManifests(cluster, await readFile(new URL('../../deploy/rbac/read.yaml', import.meta.url), 'utf8'))
    await applyManifests(cluster, MANIFESTS)
    const running = async (path: string, count: number): Promise<boolean> => {
      const { items } = await clusterJson(cluster, { path })
      return Array.isArray(items) && items.length >= count
    }
    // A pod that waits for its node is told in fewer words than one that runs.
    for (const [namespace, count] of [
      ['few', FEW],
      ['load', PODS],
    ] as const)
      await waitFor(() => running(`/api/v1/namespaces/${namespace}/pods?fieldSelector=status.phase%3DRunning`, count), {
        what: `${count} pods to run in ${namespace}`,
        deadlineMs: PODS_DEADLINE_MS,
      })
    await waitFor(() => running('/api/v1/namespaces/logs/pods?fieldSelector=status.phase%3DRunning', 1), {
      what: 'the pod that writes a log to run',
      deadlineMs: PODS_DEADLINE_MS,
    })
    return {
      title: `Kubernetes ${cluster.version}`,
      server: cluster.server,
      certificateAuthority: cluster.certificateAuthority,
      readToken: await serviceAccountToken(cluster, 'bulkhead', 'bulkhead-read'),
      few: { namespace: 'few' },
      kubectl: cluster.kubectl,
      logs: { namespace: 'logs', labelSelector: 'app=writer', container: 'app' },
      stop: () => cluster.stop(),
    }
  } catch (error) {
    await cluster.stop()
    throw error
  }
}
