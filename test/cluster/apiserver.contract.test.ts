/** The contracts that the demo cluster fulfils are those of a real API server. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { clusterJson, clusterRequest } from '../../scripts/control-plane/client.ts'
import { waitFor } from '../../scripts/control-plane/wait.ts'
import { captureTypes, readTypes } from '../../scripts/demo/schema/capture.ts'
import { type ApiServerTarget, apiServerContract } from '../contracts/apiserver.ts'
import { createRawClient, type RawClient } from '../support/raw-https.ts'
import { shopLogs } from './fixtures/shop.ts'

const controlPlane = inject('controlPlane')
const WEB = { namespace: 'shop', container: 'web' }

let client: RawClient

beforeAll(() => {
  const { server, certificateAuthority, tokens } = controlPlane
  client = createRawClient({ server, certificateAuthority, token: tokens.admin })
})

afterAll(() => client.stop())

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status: { readonly containerStatuses?: readonly { readonly name: string; readonly ready: boolean }[] }
  }[]
}

const readyPod = async () => {
  const pods = (await clusterJson(controlPlane, {
    path: `/api/v1/namespaces/${WEB.namespace}/pods`,
  })) as unknown as Pods
  return pods.items.find(({ status }) =>
    status.containerStatuses?.some(({ name, ready }) => name === WEB.container && ready),
  )?.metadata.name
}

const target: ApiServerTarget = {
  request: (path, asked) => client.request(path, asked),
  async log() {
    const pod = await waitFor(async () => (await readyPod()) ?? false, { what: 'a ready web pod', deadlineMs: 30_000 })
    const lines = shopLogs.find(({ container }) => container === WEB.container)?.lines ?? []
    return { ...WEB, pod, lines }
  },
  async expiredContinueToken() {
    // Continue tokens expire with the history they point into, and that ends by compaction: every five minutes by
    // itself, here at once. The token is one that the server would have given at its very first revision.
    const etcd = { ...controlPlane, server: controlPlane.etcd }
    const { text } = await clusterRequest(etcd, {
      method: 'POST',
      path: '/v3/kv/compaction',
      body: { revision: '2' },
    })
    // Where its own compaction came first, etcd says so, and the revision is as gone as this wants it.
    expect(text).toMatch(/"header"|required revision has been compacted/)
    return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 1, start: 'a\u0000' })).toString('base64url')
  },
}

describe('the API server', () => {
  for (const contract of apiServerContract) {
    it(contract.name, async () => {
      await expect(contract.run(target)).resolves.toBeUndefined()
    })
  }
})

describe('the demo cluster', () => {
  it('knows the types that this API server has (else: node scripts/demo/schema/capture.ts)', async () => {
    expect(await readTypes()).toBe(await captureTypes(controlPlane))
  })
})
