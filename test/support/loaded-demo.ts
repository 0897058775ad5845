/** The demo cluster in a thread of its own, with many pods in namespace `load`, of which one crashes. */
import { parentPort, workerData } from 'node:worker_threads'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { createNodeTransport } from './node-transport.ts'

const { pods } = workerData as { readonly pods: number }
const demo = await startDemoCluster({ extraPods: pods })
const transport = createNodeTransport(demo)
const headers = { authorization: `Bearer ${demo.tokens.admin}`, accept: 'application/json' }
const ask = async (method: string, path: string, body?: unknown) => {
  const response = await transport.fetch(path, {
    method,
    headers: { ...headers, 'content-type': 'application/merge-patch+json' },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}

const list = (await ask('GET', '/api/v1/namespaces/load/pods?limit=1')) as { items: { metadata: { name: string } }[] }
const name = list.items[0]?.metadata.name ?? ''
const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
const terminated = { exitCode: 1, reason: 'Error', startedAt: at(95), finishedAt: at(90) }
await ask('PATCH', `/api/v1/namespaces/load/pods/${name}/status`, {
  status: {
    containerStatuses: [
      {
        name: 'app',
        image: 'load:1.0',
        imageID: '',
        ready: false,
        restartCount: 7,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=app' } },
        lastState: { terminated },
      },
    ],
  },
})
transport.stop()
const { server, certificateAuthority, tokens } = demo
parentPort?.postMessage({ server, certificateAuthority, tokens })
