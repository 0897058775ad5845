/** Subresources that are not just another way to the object: scale, eviction, tokens. */
import { randomBytes } from 'node:crypto'
import { afterUpdate } from '../apply/managers.ts'
import { settle } from '../controllers/settle.ts'
import {
  at,
  integer,
  isRecord,
  type JsonObject,
  type KubeObject,
  labelsOf,
  nameOf,
  namespaceOf,
  record,
  text,
  uidOf,
} from '../json.ts'
import { get } from '../reads.ts'
import { matchesSelector } from '../selectors.ts'
import { ApiError, badRequest, conflict, invalid } from '../status.ts'
import { timestamp } from '../store.ts'
import { formatSelector } from '../tables/columns.ts'
import { serviceAccountUser } from '../users.ts'
import type { Reply } from '../wire.ts'
import { header, MODIFIED, sameVersion, schemaOf, type Write, writerOf } from './context.ts'
import { commit } from './create.ts'
import { objectBody, parseBody } from './decode.ts'
import { jsonPatch, mergePatch } from './json-patch.ts'
import { dryRunCauses, refuseOptions, writeOptions } from './options.ts'

const scaleOf = (object: KubeObject): JsonObject => {
  const replicas = integer(object, 'spec', 'replicas')
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      namespace: namespace ?? '',
      uid: uid ?? '',
      resourceVersion: resourceVersion ?? '',
      creationTimestamp: creationTimestamp ?? '',
    },
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: integer(object, 'status', 'replicas'),
      selector: formatSelector(record(object, 'spec', 'selector')),
    },
  }
}

const wantedScale = (write: Write, live: KubeObject): JsonObject => {
  if (write.info.verb === 'update') {
    return objectBody(parseBody(write.body, header(write, 'content-type'), 'Scale'), 'Scale')
  }
  const type = header(write, 'content-type').split(';')[0] ?? ''
  const patch = parseBody(write.body, 'application/json', 'Scale').value
  if (type === 'application/json-patch+json') {
    const result = jsonPatch(scaleOf(live), patch)
    return isRecord(result) ? result : {}
  }
  const merged = mergePatch(scaleOf(live), patch)
  return isRecord(merged) ? merged : {}
}

const scale = (write: Write): Reply => {
  const live = get(write.cluster, write.resource, write.info)
  if (write.info.verb === 'get') return { code: 200, body: scaleOf(live) }
  const kind = write.info.verb === 'update' ? 'UpdateOptions' : 'PatchOptions'
  const options = writeOptions(kind, write.query, header(write, 'user-agent'), false)
  const wanted = wantedScale(write, live)
  const version = text(wanted, 'metadata', 'resourceVersion')
  if (version !== '' && !sameVersion(live, version)) throw conflict(write.resource, write.info.name, MODIFIED)
  const replicas = at(wanted, 'spec', 'replicas') ?? 0
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) throw badRequest('spec.replicas is not an integer')
  if (replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`
    throw invalid({ group: 'autoscaling' }, 'Scale', write.info.name, [
      { reason: 'FieldValueInvalid', message, field: 'spec.replicas' },
    ])
  }
  if (integer(live, 'spec', 'replicas') === replicas) return { code: 200, body: scaleOf(live) }
  const after: KubeObject = {
    ...live,
    metadata: { ...live.metadata, generation: integer(live, 'metadata', 'generation') + 1 },
    spec: { ...record(live, 'spec'), replicas },
  }
  const owned = afterUpdate(schemaOf(write), live, after, writerOf(write, options))
  return { code: 200, body: scaleOf(options.dryRun ? owned : commit(write, owned)) }
}

const OVER = new Set(['Succeeded', 'Failed'])

/** The budget that would be broken, if any. */
const budgetAgainst = (write: Write, pod: KubeObject): KubeObject | undefined =>
  write.cluster.store
    .list('poddisruptionbudgets.policy', namespaceOf(pod))
    .filter((budget) => matchesSelector(at(budget, 'spec', 'selector'), labelsOf(pod)))
    .find((budget) => integer(budget, 'status', 'disruptionsAllowed') < 1)

const evict = (write: Write): Reply => {
  const pod = get(write.cluster, write.resource, write.info)
  const body = objectBody(parseBody(write.body, header(write, 'content-type'), 'Eviction'), 'Eviction')
  if (text(body, 'metadata', 'name') !== '' && text(body, 'metadata', 'name') !== nameOf(pod)) {
    throw badRequest('name in URL does not match name in Eviction object')
  }
  const dryRun = write.query.getAll('dryRun')
  refuseOptions('CreateOptions', dryRunCauses(dryRun))
  const budget = OVER.has(text(pod, 'status', 'phase')) ? undefined : budgetAgainst(write, pod)
  if (budget !== undefined) {
    const healthy = integer(budget, 'status', 'currentHealthy')
    const cause = {
      reason: 'DisruptionBudget',
      message: `The disruption budget ${nameOf(budget)} needs ${integer(budget, 'status', 'desiredHealthy')} healthy pods and has ${healthy} currently`,
    }
    throw new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [cause],
    })
  }
  if (dryRun.length === 0) {
    write.cluster.store.remove('pods', namespaceOf(pod), nameOf(pod))
    settle(write.cluster, write.cluster.now(), namespaceOf(pod))
  }
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } }
}

/** Ten minutes is the least that the real server gives. */
const LEAST_LIFETIME_S = 600
const USUAL_LIFETIME_S = 3600

const requestToken = (write: Write): Reply => {
  const account = get(write.cluster, write.resource, write.info)
  const body = objectBody(parseBody(write.body, header(write, 'content-type'), 'TokenRequest'), 'TokenRequest')
  const seconds = integer(body, 'spec', 'expirationSeconds') || USUAL_LIFETIME_S
  if (seconds < LEAST_LIFETIME_S) {
    const message = `Invalid value: ${seconds}: may not specify a duration less than 10 minutes`
    throw invalid({ group: 'authentication.k8s.io' }, 'TokenRequest', nameOf(account), [
      { reason: 'FieldValueInvalid', message, field: 'spec.expirationSeconds' },
    ])
  }
  const token = randomBytes(32).toString('base64url')
  write.cluster.admit(token, serviceAccountUser(namespaceOf(account), nameOf(account), uidOf(account)))
  return {
    code: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: nameOf(account), namespace: namespaceOf(account) },
      spec: { ...record(body, 'spec'), expirationSeconds: seconds },
      status: { token, expirationTimestamp: timestamp(new Date(write.cluster.now().getTime() + seconds * 1000)) },
    },
  }
}

const HANDLERS: Readonly<Record<string, (write: Write) => Reply>> = { scale, eviction: evict, token: requestToken }

/** The handler of a subresource that is more than another way to the object; undefined for `status` and its like. */
export const subresource = (name: string): ((write: Write) => Reply) | undefined => HANDLERS[name]
