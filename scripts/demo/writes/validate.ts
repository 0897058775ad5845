/**
 * What makes an object invalid (422), for the kinds that people write: names, what must be there, what must agree and
 * what may not change. The real server knows many more rules; a manifest that passes here may still fail there.
 */
import {
  at,
  equal,
  integer,
  isRecord,
  type Json,
  type JsonObject,
  type KubeObject,
  labelsOf,
  nameOf,
  record,
  records,
  text,
} from '../json.ts'
import { matchesSelector } from '../selectors.ts'
import type { Cause } from '../status.ts'

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/
const SERVICE_NAME = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/
const LONGEST_SUBDOMAIN = 253
const LONGEST_LABEL = 63

const required = (field: string, message = 'Required value'): Cause => ({
  reason: 'FieldValueRequired',
  message,
  field,
})
const bad = (field: string, value: Json | undefined, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value ?? null)}: ${why}`,
  field,
})
const forbidden = (field: string, why: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
})

const LABEL_KINDS = new Set(['Namespace'])
const PATH_KINDS = new Set(['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'])

const nameCauses = (object: KubeObject): Cause[] => {
  const name = nameOf(object)
  const field = 'metadata.name'
  if (name === '') return [required(field, 'Required value: name or generateName is required')]
  if (PATH_KINDS.has(object.kind)) {
    return /[/%]/.test(name) || name === '.' || name === '..' ? [bad(field, name, 'may not be a path')] : []
  }
  const [pattern, longest, what] = LABEL_KINDS.has(object.kind)
    ? [LABEL, LONGEST_LABEL, 'a lowercase RFC 1123 label']
    : object.kind === 'Service'
      ? [SERVICE_NAME, LONGEST_LABEL, 'a DNS-1035 label']
      : [SUBDOMAIN, LONGEST_SUBDOMAIN, 'a lowercase RFC 1123 subdomain']
  const causes = name.length > longest ? [bad(field, name, `must be no more than ${longest} characters`)] : []
  return pattern.test(name) ? causes : [...causes, bad(field, name, `${what} is expected`)]
}

const containerCauses = (container: JsonObject, field: string): Cause[] => {
  const name = text(container, 'name')
  return [
    ...(name === ''
      ? [required(`${field}.name`)]
      : LABEL.test(name)
        ? []
        : [bad(`${field}.name`, name, 'a lowercase RFC 1123 label is expected')]),
    ...(text(container, 'image') === '' ? [required(`${field}.image`)] : []),
  ]
}

const duplicateNames = (items: readonly JsonObject[], field: string): Cause[] =>
  items.flatMap((item, index) => {
    const name = text(item, 'name')
    const earlier = items.slice(0, index).some((other) => text(other, 'name') === name)
    return earlier
      ? [{ reason: 'FieldValueDuplicate', message: `Duplicate value: "${name}"`, field: `${field}[${index}].name` }]
      : []
  })

const podCauses = (spec: JsonObject, field: string): Cause[] => {
  const containers = records(spec, 'containers')
  if (containers.length === 0) return [required(`${field}.containers`)]
  return [
    ...containers.flatMap((container, index) => containerCauses(container, `${field}.containers[${index}]`)),
    ...records(spec, 'initContainers').flatMap((container, index) =>
      containerCauses(container, `${field}.initContainers[${index}]`),
    ),
    ...duplicateNames(containers, `${field}.containers`),
  ]
}

const replicaCauses = (object: KubeObject): Cause[] =>
  integer(object, 'spec', 'replicas') < 0
    ? [bad('spec.replicas', at(object, 'spec', 'replicas'), 'must be greater than or equal to 0')]
    : []

const workloadCauses = (object: KubeObject): Cause[] => {
  const template = record(object, 'spec', 'template')
  const selector = at(object, 'spec', 'selector')
  const labels = labelsOf(template)
  const lacks = !isRecord(selector) || Object.keys(selector).length === 0
  const agrees = !lacks && matchesSelector(selector, labels)
  const shown = Object.keys(labels).length === 0 ? null : labels
  return [
    ...replicaCauses(object),
    ...(lacks ? [required('spec.selector')] : []),
    ...(agrees ? [] : [bad('spec.template.metadata.labels', shown, '`selector` does not match template `labels`')]),
    ...podCauses(record(template, 'spec'), 'spec.template.spec'),
  ]
}

const serviceCauses = (object: KubeObject): Cause[] => {
  const headless = text(object, 'spec', 'clusterIP') === 'None' || text(object, 'spec', 'type') === 'ExternalName'
  const ports = records(object, 'spec', 'ports')
  const numbers = ports.flatMap((port, index) => {
    const number = integer(port, 'port')
    return number >= 1 && number <= 65_535
      ? []
      : [bad(`spec.ports[${index}].port`, at(port, 'port'), 'must be between 1 and 65535, inclusive')]
  })
  return [...(ports.length === 0 && !headless ? [required('spec.ports')] : []), ...numbers]
}

const RESTARTS = ['OnFailure', 'Never']

const jobCauses = (spec: JsonObject, field: string): Cause[] => {
  const policy = text(spec, 'template', 'spec', 'restartPolicy')
  return [
    ...podCauses(record(spec, 'template', 'spec'), `${field}.template.spec`),
    ...(RESTARTS.includes(policy)
      ? []
      : [
          {
            reason: 'FieldValueNotSupported',
            message: `Unsupported value: "${policy}": supported values: "OnFailure", "Never"`,
            field: `${field}.template.spec.restartPolicy`,
          },
        ]),
  ]
}

const DATA_KEY = /^[-._a-zA-Z0-9]+$/
const LONGEST_KEY = 253

const keyCauses = (object: KubeObject): Cause[] =>
  ['data', 'binaryData'].flatMap((field) =>
    Object.keys(record(object, field))
      .filter((key) => !DATA_KEY.test(key) || key.length > LONGEST_KEY)
      .map((key) => bad(`${field}[${key}]`, key, 'a valid config key is expected')),
  )

const kindCauses = (object: KubeObject): Cause[] => {
  switch (object.kind) {
    case 'Pod':
      return podCauses(record(object, 'spec'), 'spec')
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
      return workloadCauses(object)
    case 'ConfigMap':
    case 'Secret':
      return keyCauses(object)
    case 'Service':
      return serviceCauses(object)
    case 'Job':
      return jobCauses(record(object, 'spec'), 'spec')
    case 'CronJob':
      return [
        ...(text(object, 'spec', 'schedule') === '' ? [required('spec.schedule')] : []),
        ...jobCauses(record(object, 'spec', 'jobTemplate', 'spec'), 'spec.jobTemplate.spec'),
      ]
    case 'HorizontalPodAutoscaler':
      return integer(object, 'spec', 'maxReplicas') < 1
        ? [bad('spec.maxReplicas', at(object, 'spec', 'maxReplicas'), 'must be greater than 0')]
        : []
    case 'Scale':
      return replicaCauses(object)
    default:
      return []
  }
}

/** Kind → the fields that stay as they were made. */
const IMMUTABLE: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Deployment: [['spec', 'selector']],
  ReplicaSet: [['spec', 'selector']],
  DaemonSet: [['spec', 'selector']],
  StatefulSet: [
    ['spec', 'selector'],
    ['spec', 'serviceName'],
    ['spec', 'volumeClaimTemplates'],
  ],
  Job: [
    ['spec', 'template'],
    ['spec', 'selector'],
    ['spec', 'completions'],
  ],
  Service: [['spec', 'clusterIP']],
  Secret: [['type']],
  RoleBinding: [['roleRef']],
  ClusterRoleBinding: [['roleRef']],
}

/** What may change in a running pod: its images, its tolerations, how long it may run. */
const podRest = (pod: KubeObject): Json => {
  const { tolerations: _t, activeDeadlineSeconds: _a, terminationGracePeriodSeconds: _g, ...spec } = record(pod, 'spec')
  const imageless = (list: string) => records(spec, list).map(({ image: _image, ...container }) => container)
  return { ...spec, containers: imageless('containers'), initContainers: imageless('initContainers') }
}

const changeCauses = (before: KubeObject, after: KubeObject): Cause[] => {
  const causes: Cause[] = []
  for (const path of IMMUTABLE[after.kind] ?? []) {
    const now = at(after, ...path)
    if (!equal(at(before, ...path), now)) causes.push(bad(path.join('.'), now, 'field is immutable'))
  }
  if (after.kind === 'Pod' && !equal(podRest(before), podRest(after))) {
    const allowed = [
      '`spec.containers[*].image`',
      '`spec.initContainers[*].image`',
      '`spec.activeDeadlineSeconds`',
      '`spec.tolerations`',
    ]
    causes.push(forbidden('spec', `pod updates may not change fields other than ${allowed.join(',')}`))
  }
  if (at(before, 'immutable') === true && (after.kind === 'Secret' || after.kind === 'ConfigMap')) {
    for (const field of ['data', 'binaryData']) {
      if (!equal(before[field], after[field]))
        causes.push(forbidden(field, 'field is immutable when `immutable` is set'))
    }
  }
  return causes
}

/** Everything that is wrong with the object, and with changing the one before into it. */
export const validate = (object: KubeObject, before: KubeObject | undefined): Cause[] => [
  ...nameCauses(object),
  ...kindCauses(object),
  ...(before === undefined ? [] : changeCauses(before, object)),
]
