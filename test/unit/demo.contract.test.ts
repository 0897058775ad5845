/** The demo cluster has the manners of an API server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DemoCluster, startDemoCluster } from '../../scripts/demo/server.ts'
import { type ApiServerTarget, apiServerContract } from '../contracts/apiserver.ts'
import { createRawClient, type RawClient } from '../support/raw-https.ts'

let demo: DemoCluster
let client: RawClient

beforeAll(async () => {
  demo = await startDemoCluster()
  const { server, certificateAuthority, tokens } = demo
  client = createRawClient({ server, certificateAuthority, token: tokens.admin })
})

afterAll(async () => {
  client.stop()
  await demo.stop()
})

const read = async (path: string) => {
  const answer = await client.request(path)
  return answer.bytes.toString()
}

const target: ApiServerTarget = {
  request: (path, asked) => client.request(path, asked),
  async log() {
    const namespace = 'shop'
    const selector = encodeURIComponent('app.kubernetes.io/name=cart')
    const pods = JSON.parse(await read(`/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`)) as {
      items: { metadata: { name: string } }[]
    }
    const pod = pods.items[0]?.metadata.name ?? ''
    const log = await read(`/api/v1/namespaces/${namespace}/pods/${pod}/log?container=app`)
    return { namespace, pod, container: 'app', lines: log.split('\n').slice(0, 3) }
  },
  async expiredContinueToken(path) {
    const page = JSON.parse(await read(`${path}?limit=1`)) as { metadata: { continue: string } }
    demo.expireContinueTokens()
    return page.metadata.continue
  },
}

describe('the demo cluster', () => {
  for (const contract of apiServerContract) {
    it(contract.name, async () => {
      await expect(contract.run(target)).resolves.toBeUndefined()
    })
  }
})
