/** The demo cluster as a place for situations: its administrator's hand, and logs told by image, container and namespace. */
import { clusterRequest } from '../../../scripts/control-plane/client.ts'
import { addPrograms, opening } from '../../../scripts/demo/controllers/programs.ts'
import { namespaceOf as nameOfNamespace, text } from '../../../scripts/demo/json.ts'
import { startDemoCluster } from '../../../scripts/demo/server.ts'
import type { GatewayCluster } from '../gateway.ts'
import type { Send } from './api.ts'
import type { LogDocument } from './format.ts'
import { readOperators } from './operators.ts'
import type { Ground } from './planter.ts'

/** All that situations run; what it logs is the situation's to say. */
export const IMAGES = 'registry.example.com/'

export interface DemoGround extends Ground {
  readonly cluster: GatewayCluster
  stop(): Promise<void>
}

/** By namespace: this process has one registry of programs for all demo clusters. */
const told = new Map<string, readonly LogDocument[]>()

/** One program for an image that logs what the namespace of its pod was given. */
const tellLogsOf = (image: string): void =>
  addPrograms([
    {
      image,
      log({ pod, container, started }) {
        const name = text(container, 'name')
        const log = told.get(nameOfNamespace(pod))?.find((it) => it.container === name)
        const statuses = pod.status as
          | { containerStatuses?: readonly { name: string; state?: { running?: { startedAt?: string } } }[] }
          | undefined
        const running = statuses?.containerStatuses?.find((it) => it.name === name)?.state?.running
        const isCurrent = running !== undefined && Date.parse(running.startedAt ?? '') === started.getTime()
        return opening(started, (isCurrent ? log?.lines : (log?.previousLines ?? log?.lines)) ?? [])
      },
    },
  ])

const ACCESS = { certificate: '', key: '' }

export const startDemoGround = async (images: readonly string[]): Promise<DemoGround> => {
  for (const image of images) tellLogsOf(image)
  const demo = await startDemoCluster()
  const { server, certificateAuthority, tokens } = demo
  const send: Send = (method, path, body, contentType) =>
    clusterRequest(
      { server, certificateAuthority, adminCertificate: ACCESS },
      { method, path, token: tokens.admin, body, ...(contentType === undefined ? {} : { contentType }) },
    )
  await readOperators(send)
  return {
    platform: 'demo',
    cluster: { name: 'demo', server, certificateAuthority, readToken: tokens.read },
    send,
    keepLogs: (namespace, logs) => void told.set(namespace, logs),
    stop: () => demo.stop(),
  }
}
