/**
 * Container logs, as a stream that is bounded but not yet redacted: guard/output reads it. The API server hands on what
 * the kubelet says, and says it badly; here the manners are sorted out without reading message text:
 *
 * - 204: the pod has no node yet. Nothing was written: an empty stream.
 * - 400: the container must be named, does not exist, has not started, or has no previous instance. The pod is asked
 *   which of these it is.
 * - 404: the pod does not exist; or it does, and its node or its log file is gone.
 * - 5xx: the kubelet cannot be reached (with its address in the message, which is dropped).
 */
import { BulkheadError } from '../errors.ts'
import type { Json, LogQuery, ResourceType } from '../tool.ts'
import { arrayOf, type JsonObject, objectOf, textOf } from './json.ts'
import { getObject } from './lists.ts'
import { checkContainer, isLabel } from './names.ts'
import { resourcePath } from './path.ts'
import type { Requester } from './request.ts'
import type { Refusal } from './status.ts'

/** Above what `output.logBytes` may ever keep: the newest lines come last, so a log must be read to its end. */
export const MAX_LOG_BYTES = 16_000_000
/**
 * With a pattern only matching lines are kept, so that what bounds the log is time: some 15 MB a second are scanned, and
 * the body's deadline (request.ts) ends it. The kubelet keeps 10 MB of a container's log unless told otherwise.
 */
export const MAX_SEARCHED_LOG_BYTES = 128_000_000

/** The core of every cluster; only what a path needs. */
const PODS: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  resource: 'pods',
  singular: 'pod',
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: ['get'],
  subresources: ['log'],
}

/** A pod with more is a list of its own: pods_get. */
const MAX_LISTED = 20

const unavailable = (message: string) => new BulkheadError('log_unavailable', message)

const tooLong = (maxBytes: number) => () =>
  new BulkheadError(
    'answer_too_large',
    `The log is longer than ${maxBytes / 1_000_000} MB. Ask for its end (tail) or its newest part (since).`,
  )

const named = (items: Json | undefined): readonly JsonObject[] => arrayOf(items).map(objectOf)

const containerNames = (spec: JsonObject): readonly string[] =>
  [spec.containers, spec.initContainers, spec.ephemeralContainers]
    .flatMap(named)
    .map(({ name }) => textOf(name) ?? '')
    .filter(isLabel)

const statusOf = (status: JsonObject, container: string): JsonObject | undefined =>
  [status.containerStatuses, status.initContainerStatuses, status.ephemeralContainerStatuses]
    .flatMap(named)
    .find(({ name }) => name === container)

/** Why a pod that exists has no log for this query, as far as the pod itself tells. */
const explain = (pod: { readonly [key: string]: unknown }, query: LogQuery): BulkheadError => {
  const containers = containerNames(objectOf(pod.spec as Json | undefined))
  // Whoever made the pod chose these names: they are no words of a sentence of ours.
  const listed = { untrusted: `Containers: ${containers.slice(0, MAX_LISTED).join(', ') || 'none'}` }
  const { container = containers.length === 1 ? containers[0] : undefined } = query
  if (container === undefined) {
    return new BulkheadError(
      'invalid_arguments',
      `Pod "${query.name}" has several containers, listed below: say which.`,
      listed,
    )
  }
  if (!containers.includes(container)) {
    return new BulkheadError(
      'invalid_arguments',
      `Pod "${query.name}" has no container "${container}". Those that it has are listed below.`,
      listed,
    )
  }
  const what =
    query.container === undefined
      ? `The container of pod "${query.name}"`
      : `Container "${query.container}" of pod "${query.name}"`
  const status = statusOf(objectOf(pod.status as Json | undefined), container)
  if (query.previous === true && objectOf(status?.lastState).terminated === undefined) {
    return unavailable(
      `${what} has no previous instance: it has not restarted since the pod came to its node. Ask without previous.`,
    )
  }
  if (objectOf(status?.state).waiting !== undefined && query.previous !== true) {
    return unavailable(
      `${what} is waiting to start and has written nothing. Its events say why; after a restart, previous has the log of the instance before.`,
    )
  }
  return unavailable(
    `${what} has no log that can be read: the node does not have it, or cannot be asked. Look at the node's state and the pod's events.`,
  )
}

const isForThePod = ({ http, reason }: Refusal): boolean =>
  http === 400 || http === 404 || (http >= 500 && reason !== 'ServiceUnavailable' && reason !== 'Timeout')

/** Whether the pod may be asked why it has no log: a read of its own, which the caller's policy may refuse. */
export type MayLook = () => boolean

const unexplained = () =>
  unavailable(
    'The log cannot be read: the container is not there, has not started or has no previous instance, or its node cannot be asked. Say which container, or look at the pod.',
  )

/** Bytes as the container wrote them. Throws `not_found`, `log_unavailable`, `invalid_arguments` or what the way there says. */
export const readLog = async (
  requester: Requester,
  query: LogQuery,
  signal: AbortSignal,
  mayLook: MayLook,
): Promise<ReadableStream<Uint8Array>> => {
  const { namespace, name, container, previous, tailLines, sinceSeconds, timestamps } = query
  const maxBytes = query.match === undefined ? MAX_LOG_BYTES : MAX_SEARCHED_LOG_BYTES
  const path = resourcePath(
    PODS,
    { namespace, name, subresource: 'log' },
    {
      container: container === undefined ? undefined : checkContainer(container),
      previous,
      tailLines,
      sinceSeconds,
      timestamps,
      // The server stops at the byte that makes the stream too long.
      limitBytes: maxBytes + 1,
    },
  )
  const about = { verb: 'get', group: '', resource: 'pods', subresource: 'log', namespace, name } as const
  const askThePod = unexplained()
  const refused = (refusal: Refusal) => (isForThePod(refusal) ? askThePod : undefined)
  try {
    return await requester.stream({ path, about, refused }, { maxBytes, tooLong: tooLong(maxBytes) }, signal)
  } catch (error) {
    if (error !== askThePod || !mayLook()) throw error
    // A pod that is not there answers `not_found` for itself.
    throw explain(await getObject(requester, PODS, name, namespace, signal), query)
  }
}
