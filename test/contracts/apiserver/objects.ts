/** What contracts create: small objects of which no controller makes more. */
import assert from 'node:assert/strict'
import { type Api, eventually, type JsonObject, text } from './target.ts'

export const MAPS = '/api/v1/namespaces/:ns/configmaps'
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/:ns/deployments'

export const configMap = (name: string, data: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
  ...more,
})

/** Without replicas, so that no controller makes pods of it. */
export const deployment = (name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'example:1.0' }] } },
    ...more,
  },
})

/** Never scheduled, and left alone: no scheduler has this name. */
export const pendingPod = (name: string, containers: readonly string[] = ['app']): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: {
    automountServiceAccountToken: false,
    schedulerName: 'nobody',
    containers: containers.map((container) => ({ name: container, image: 'example:1.0' })),
  },
})

/** Pods are refused until the namespace has its ServiceAccount. */
export const makePod = (api: Api, pod: JsonObject): Promise<JsonObject> =>
  eventually(`pod ${text(pod, 'metadata', 'name')}`, async () => {
    const answer = await api.post('/api/v1/namespaces/:ns/pods', pod)
    if (answer.status === 403) return undefined
    assert.equal(answer.status, 201, answer.text)
    return answer.body
  })
