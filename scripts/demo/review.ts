/** The reviews by which a caller learns about itself: may I, what may I, who am I. */
import { at, isRecord, type JsonObject, record, strings, text } from './json.ts'
import type { RequestInfo } from './paths.ts'
import { authorize, rulesFor } from './rbac.ts'
import { ApiError, badRequest } from './status.ts'
import { type Store, timestamp } from './store.ts'
import type { User } from './users.ts'

const envelope = (body: JsonObject, status: JsonObject): JsonObject => ({
  kind: text(body, 'kind'),
  apiVersion: text(body, 'apiVersion'),
  metadata: {},
  spec: record(body, 'spec'),
  status,
})

const asked = (spec: JsonObject): RequestInfo => {
  const attributes = spec.resourceAttributes
  if (isRecord(attributes)) {
    return {
      kind: 'resource',
      verb: text(attributes, 'verb'),
      group: text(attributes, 'group'),
      version: text(attributes, 'version'),
      namespace: text(attributes, 'namespace'),
      resource: text(attributes, 'resource'),
      subresource: text(attributes, 'subresource'),
      name: text(attributes, 'name'),
      path: '',
    }
  }
  const path = record(spec, 'nonResourceAttributes')
  return { kind: 'path', verb: text(path, 'verb'), path: text(path, 'path') }
}

const accessReview = (store: Store, user: User, body: JsonObject): JsonObject => {
  const spec = record(body, 'spec')
  const both = isRecord(spec.resourceAttributes) && isRecord(spec.nonResourceAttributes)
  const neither = !isRecord(spec.resourceAttributes) && !isRecord(spec.nonResourceAttributes)
  if (both || neither) {
    const message = 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified'
    const causes = [{ reason: 'FieldValueInvalid', message, field: 'spec.resourceAttributes' }]
    throw new ApiError(422, 'Invalid', `.authorization.k8s.io "" is invalid: spec.resourceAttributes: ${message}`, {
      group: 'authorization.k8s.io',
      causes,
    })
  }
  const { allowed, reason } = authorize(store, user, asked(spec))
  return envelope(body, { allowed, ...(reason === '' ? {} : { reason }) })
}

const copied = (rule: JsonObject, fields: readonly string[]): JsonObject =>
  Object.fromEntries(
    fields.filter((field) => at(rule, field) !== undefined).map((field) => [field, strings(rule, field)]),
  )

const rulesReview = (store: Store, user: User, body: JsonObject): JsonObject => {
  const namespace = text(body, 'spec', 'namespace')
  if (namespace === '') throw badRequest('no namespace on request')
  const rules = rulesFor(store, user, namespace)
  return envelope(
    { ...body, spec: {} },
    {
      resourceRules: rules
        .filter((rule) => strings(rule, 'resources').length > 0)
        .map((rule) => copied(rule, ['verbs', 'apiGroups', 'resources', 'resourceNames'])),
      nonResourceRules: rules
        .filter((rule) => strings(rule, 'nonResourceURLs').length > 0)
        .map((rule) => copied(rule, ['verbs', 'nonResourceURLs'])),
      incomplete: false,
    },
  )
}

const selfReview = (user: User, body: JsonObject): JsonObject =>
  envelope(body, {
    userInfo: {
      username: user.name,
      ...(user.uid === '' ? {} : { uid: user.uid }),
      groups: [...user.groups],
    },
  })

/** The answer to a review, or undefined when the resource is not one that is answered here. */
export const review = (
  store: Store,
  user: User,
  resource: string,
  body: JsonObject,
  now: Date,
): JsonObject | undefined => {
  switch (resource) {
    case 'selfsubjectaccessreviews':
      return accessReview(store, user, body)
    case 'selfsubjectrulesreviews':
      return rulesReview(store, user, body)
    case 'selfsubjectreviews': {
      const { spec: _none, ...answer } = selfReview(user, body)
      return { ...answer, metadata: { creationTimestamp: timestamp(now) } }
    }
    default:
      return undefined
  }
}
