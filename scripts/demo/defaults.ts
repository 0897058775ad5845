/**
 * What the API server fills in when a writer left it out: the fields that people see in `-o yaml` and that controllers
 * rely on. Not every default of every kind; those of the kinds that the shop uses.
 */
import { createHash } from 'node:crypto'
import { at, isRecord, type Json, type JsonObject, type KubeObject, nameOf, record, records, text } from './json.ts'

/** The given fields win over the defaults. */
const filled = (given: JsonObject, defaults: JsonObject): JsonObject => ({ ...defaults, ...given })

const PROBE = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }

const probe = (given: JsonObject): JsonObject => {
  const http = given.httpGet
  return filled(isRecord(http) ? { ...given, httpGet: filled(http, { path: '/', scheme: 'HTTP' }) } : given, PROBE)
}

const pullPolicy = (image: string): string => (/:(?!latest$)[^/:]+$|@/.test(image) ? 'IfNotPresent' : 'Always')

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const

/** A limit without a request is a request too. */
const resources = (given: JsonObject): JsonObject => {
  const limits = record(given, 'limits')
  if (Object.keys(limits).length === 0) return given
  return { ...given, requests: { ...limits, ...record(given, 'requests') } }
}

const container = (given: JsonObject): JsonObject => ({
  ...filled(given, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(text(given, 'image')),
  }),
  resources: resources(record(given, 'resources')),
  ...Object.fromEntries(
    PROBES.filter((name) => isRecord(given[name])).map((name) => [name, probe(record(given, name))]),
  ),
  ...(Array.isArray(given.ports)
    ? { ports: records(given, 'ports').map((port) => filled(port, { protocol: 'TCP' })) }
    : {}),
})

const VOLUME_MODE = 420

const volume = (given: JsonObject): JsonObject => {
  const moded = ['configMap', 'secret', 'projected', 'downwardAPI'].filter((kind) => isRecord(given[kind]))
  const entries = moded.map((kind) => [kind, filled(record(given, kind), { defaultMode: VOLUME_MODE })])
  return { ...given, ...Object.fromEntries(entries) }
}

export const podSpec = (given: JsonObject): JsonObject => ({
  ...filled(given, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  }),
  containers: records(given, 'containers').map(container),
  ...(Array.isArray(given.initContainers) ? { initContainers: records(given, 'initContainers').map(container) } : {}),
  ...(Array.isArray(given.volumes) ? { volumes: records(given, 'volumes').map(volume) } : {}),
})

const template = (given: JsonObject, restartPolicy?: string): JsonObject => {
  const spec = record(given, 'spec')
  return { ...given, spec: podSpec(restartPolicy === undefined ? spec : filled(spec, { restartPolicy })) }
}

const withSpec = (object: KubeObject, defaults: JsonObject, more: (spec: JsonObject) => JsonObject = () => ({})) => {
  const spec = record(object, 'spec')
  return { ...object, spec: { ...filled(spec, defaults), ...more(spec) } }
}

const templated = (spec: JsonObject): JsonObject => ({ template: template(record(spec, 'template')) })

const ROLLING = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } }

/** Reproducible, so that a dry run and the write show the same address; from the range that kind and kubeadm use. */
const clusterAddress = (seed: string): string => {
  const [a = 0, b = 0] = createHash('sha256').update(seed).digest()
  return `10.96.${a}.${(b % 253) + 1}`
}

const FIRST_NODE_PORT = 30_000
const NODE_PORTS = 2768
const ON_NODES = new Set(['NodePort', 'LoadBalancer'])

const nodePort = (seed: string): number =>
  FIRST_NODE_PORT + (createHash('sha256').update(seed).digest().readUInt16BE() % NODE_PORTS)

const service = (object: KubeObject): KubeObject => {
  const type = text(object, 'spec', 'type') || 'ClusterIP'
  if (type === 'ExternalName') return withSpec(object, { type, sessionAffinity: 'None' })
  const seed = `${text(object, 'metadata', 'namespace')}/${nameOf(object)}`
  const traffic: JsonObject = ON_NODES.has(type) ? { externalTrafficPolicy: 'Cluster' } : {}
  return withSpec(object, { type, sessionAffinity: 'None', internalTrafficPolicy: 'Cluster', ...traffic }, (spec) => {
    const address = text(spec, 'clusterIP') || clusterAddress(seed)
    const ports = records(spec, 'ports').map((port) => {
      const number = at(port, 'port') ?? 0
      const onNodes: JsonObject = ON_NODES.has(type) ? { nodePort: nodePort(`${seed}/${String(number)}`) } : {}
      return filled(port, { protocol: 'TCP', targetPort: number, ...onNodes })
    })
    return {
      clusterIP: address,
      clusterIPs: [address],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ...(ports.length === 0 ? {} : { ports }),
    }
  })
}

const job = (spec: JsonObject): JsonObject => ({
  ...filled(spec, {
    backoffLimit: 6,
    completions: 1,
    parallelism: 1,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  }),
  template: template(record(spec, 'template')),
})

const secret = (object: KubeObject): KubeObject => {
  const { stringData, ...rest } = object
  const encoded = Object.entries(isRecord(stringData) ? stringData : {}).map(([key, value]): [string, Json] => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ])
  const data = { ...record(object, 'data'), ...Object.fromEntries(encoded) }
  return {
    ...rest,
    ...(Object.keys(data).length === 0 ? {} : { data }),
    type: text(object, 'type') || 'Opaque',
  } as KubeObject
}

const namespace = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    labels: { ...record(object, 'metadata', 'labels'), 'kubernetes.io/metadata.name': nameOf(object) },
  },
  spec: { finalizers: ['kubernetes'], ...record(object, 'spec') },
  status: { phase: 'Active', ...record(object, 'status') },
})

const RETAINED = { revisionHistoryLimit: 10 }

export const withDefaults = (object: KubeObject): KubeObject => {
  switch (`${object.apiVersion} ${object.kind}`) {
    case 'v1 Pod': {
      const spec = filled(podSpec(record(object, 'spec')), { serviceAccountName: 'default', enableServiceLinks: true })
      return { ...object, spec, status: filled(record(object, 'status'), { phase: 'Pending' }) }
    }
    case 'apps/v1 Deployment':
      return withSpec(object, { replicas: 1, strategy: ROLLING, ...RETAINED, progressDeadlineSeconds: 600 }, templated)
    case 'apps/v1 ReplicaSet':
      return withSpec(object, { replicas: 1 }, templated)
    case 'apps/v1 StatefulSet':
      return withSpec(
        object,
        {
          replicas: 1,
          podManagementPolicy: 'OrderedReady',
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
          serviceName: '',
          ...RETAINED,
        },
        templated,
      )
    case 'apps/v1 DaemonSet':
      return withSpec(
        object,
        { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }, ...RETAINED },
        templated,
      )
    case 'batch/v1 Job':
      return { ...object, spec: job(record(object, 'spec')) }
    case 'batch/v1 CronJob':
      return withSpec(object, {
        concurrencyPolicy: 'Allow',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      })
    case 'v1 Service':
      return service(object)
    case 'v1 Secret':
      return secret(object)
    case 'v1 Namespace':
      return namespace(object)
    case 'v1 PersistentVolumeClaim':
      return withSpec(
        { ...object, status: { phase: 'Pending', ...record(object, 'status') } },
        { volumeMode: 'Filesystem', storageClassName: 'standard' },
      )
    case 'autoscaling/v2 HorizontalPodAutoscaler':
      return withSpec(object, { minReplicas: 1 })
    default:
      return object
  }
}
