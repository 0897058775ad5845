/** The control plane is what it says it is: this version, RBAC on, pods that run, logs that are served. */
import { describe, expect, inject, it } from 'vitest'
import { type ClusterRequest, clusterJson, clusterRequest } from '../../scripts/control-plane/client.ts'
import { applyManifests } from '../../scripts/control-plane/helpers.ts'
import { waitFor } from '../../scripts/control-plane/wait.ts'

const controlPlane = inject('controlPlane')
const deadlineMs = 30_000
const ask = (asked: ClusterRequest) => clusterRequest(controlPlane, asked)

interface Pod {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly nodeName?: string }
  readonly status: {
    readonly phase: string
    readonly containerStatuses?: readonly {
      readonly ready: boolean
      readonly state: { readonly waiting?: { readonly reason: string } }
    }[]
  }
}

const podsOf = async (app: string) => {
  const path = `/api/v1/namespaces/shop/pods?labelSelector=app%3D${app}`
  return ((await clusterJson(controlPlane, { path })) as { items: Pod[] }).items
}

const podsThat = (app: string, what: string, count: number, condition: (pod: Pod) => boolean) =>
  waitFor(
    async () => {
      const found = (await podsOf(app)).filter(condition)
      return found.length === count && found
    },
    { what: `${count} pods of ${app} ${what}`, deadlineMs },
  )

const waitingFor = (reason: string) => (pod: Pod) => pod.status.containerStatuses?.[0]?.state.waiting?.reason === reason

const logPath = (pod: Pod | undefined, query = '') => `/api/v1/namespaces/shop/pods/${pod?.metadata.name}/log${query}`

const eventReasons = async (kind: string, name: string) => {
  const selector = encodeURIComponent(`involvedObject.kind=${kind},involvedObject.name=${name}`)
  const path = `/api/v1/namespaces/shop/events?fieldSelector=${selector}`
  const { items } = (await clusterJson(controlPlane, { path })) as { items: { reason: string }[] }
  return items.map(({ reason }) => reason)
}

describe('the API server', () => {
  it('is the version that the module pins', async () => {
    const version = await clusterJson(controlPlane, { path: '/version' })
    expect(version).toMatchObject({ gitVersion: controlPlane.version, major: '1', minor: '36' })
  })

  it('forbids a ServiceAccount what no role allows it', async () => {
    const path = '/api/v1/namespaces/shop/pods'
    const refused = await ask({ path, token: controlPlane.tokens.nobody })
    expect(refused.status).toBe(403)
    expect(JSON.parse(refused.text)).toMatchObject({ kind: 'Status', reason: 'Forbidden' })
    expect((await ask({ path, token: controlPlane.tokens.reader })).status).toBe(200)
    expect((await ask({ path: '/api/v1/namespaces/shop/secrets', token: controlPlane.tokens.reader })).status).toBe(403)
    expect((await ask({ path, token: 'not-a-token' })).status).toBe(401)
  })

  it('enforces Pod Security where a namespace asks for it', async () => {
    const manifest = `
apiVersion: v1
kind: Namespace
metadata: { name: strict, labels: { pod-security.kubernetes.io/enforce: restricted } }
---
apiVersion: v1
kind: Pod
metadata: { name: privileged, namespace: strict }
spec: { containers: [{ name: c, image: example, securityContext: { privileged: true } }] }
`
    await expect(applyManifests(controlPlane, manifest)).rejects.toThrow(/violates PodSecurity/)
  })

  it('serves the custom resource of the shop', async () => {
    const path = '/apis/shop.example.com/v1/namespaces/shop/coupons/spring'
    expect(await clusterJson(controlPlane, { path })).toMatchObject({ spec: { percent: 15 } })
  })
})

describe('the nodes', () => {
  it('run what is scheduled, and the pods become ready', async () => {
    const pods = await podsThat('web', 'to be ready', 3, ({ status }) => status.containerStatuses?.[0]?.ready === true)
    expect(pods.map(({ status }) => status.phase)).toEqual(['Running', 'Running', 'Running'])
  })

  it('leave a pod pending that no node can take, and the scheduler says so', async () => {
    const [pod] = await podsOf('report-builder')
    expect(pod?.status.phase).toBe('Pending')
    expect(pod?.spec.nodeName).toBeUndefined()
    await waitFor(async () => (await eventReasons('Pod', 'report-builder')).includes('FailedScheduling'), {
      what: 'the scheduler to report',
      deadlineMs,
    })
  })

  it('complete a job', async () => {
    const path = '/apis/batch/v1/namespaces/shop/jobs/import-prices'
    const done = await waitFor(
      async () => {
        const { status } = (await clusterJson(controlPlane, { path })) as { status: { succeeded?: number } }
        return status.succeeded
      },
      { what: 'the job to complete', deadlineMs },
    )
    expect(done).toBe(1)
  })

  it('play the faults that a pod asks for', async () => {
    await podsThat('payments', 'in a crash loop', 1, waitingFor('CrashLoopBackOff'))
    await podsThat('catalog', 'without their image', 1, waitingFor('ImagePullBackOff'))
  })

  it('write events', async () => {
    const [pod] = await podsThat('payments', 'in a crash loop', 1, waitingFor('CrashLoopBackOff'))
    const reasons = await waitFor(
      async () => {
        const seen = await eventReasons('Pod', pod?.metadata.name ?? '')
        return seen.includes('BackOff') && seen
      },
      { what: 'the event of the crash loop', deadlineMs },
    )
    expect(reasons).toContain('Scheduled')
  })
})

describe('pods/log', () => {
  it('returns the lines that the container has written', async () => {
    const [pod] = await podsThat('web', 'to be ready', 3, ({ status }) => status.containerStatuses?.[0]?.ready === true)
    const whole = await ask({ path: logPath(pod) })
    expect(whole.text).toBe('listening on :8080\nGET /cart 200 12ms\nGET /checkout 200 31ms\nGET /cart 200 9ms\n')
    expect((await ask({ path: logPath(pod, '?tailLines=1') })).text).toBe('GET /cart 200 9ms\n')
    const ninetyMinutes = await ask({ path: logPath(pod, '?sinceSeconds=5400') })
    expect(ninetyMinutes.text).toBe('GET /checkout 200 31ms\nGET /cart 200 9ms\n')
    expect((await ask({ path: logPath(pod, '?previous=true') })).status).toBe(400)
  })

  it('returns the log of the container before its restart', async () => {
    const [pod] = await podsThat('payments', 'in a crash loop', 1, waitingFor('CrashLoopBackOff'))
    const previous = await ask({ path: logPath(pod, '?previous=true') })
    expect(previous.text).toMatch(/^starting payments\nfatal: .*\(first seen\)\n$/)
  })
})
