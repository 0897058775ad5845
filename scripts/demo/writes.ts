import type { IncomingMessage } from 'node:http'
import type { Cluster } from './cluster.ts'
import type { KubeObject } from './json.ts'
import type { ResourceRequest } from './paths.ts'
import type { Resource } from './resources.ts'
import { review } from './review.ts'
import { badRequest, methodNotAllowed } from './status.ts'
import type { User } from './users.ts'
import type { Reply } from './wire.ts'

export interface Write {
  readonly cluster: Cluster
  readonly user: User
  readonly resource: Resource
  readonly info: ResourceRequest
  readonly request: IncomingMessage
  readonly query: URLSearchParams
  readonly body: Buffer | undefined
}

export const write = ({ cluster, user, resource, body }: Write): Reply => {
  if (body === undefined) throw badRequest('body')
  const answer = review(cluster.store, user, resource.name, JSON.parse(body.toString()) as KubeObject)
  if (answer === undefined) throw methodNotAllowed()
  return { code: 201, body: answer }
}
