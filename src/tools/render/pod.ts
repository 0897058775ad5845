/**
 * A pod for a model: half of the tokens of its YAML, and all of what tells it from another pod. It works by leaving out
 * what is known beforehand (values that the API server fills in, ids, what is said twice) and by saying states and
 * conditions as sentences; a field that this file has never heard of is shown. `POD_LEFT_OUT` says what is missing.
 */
import { ageOf, humanDuration } from '../../kube/ages.ts'
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import { oneLine } from '../../kube/text.ts'
import type { Json, KubeObject } from '../../tool.ts'
import { renderConditions } from './conditions.ts'
import { tidy } from './yaml.ts'

export const POD_LEFT_OUT =
  'Left out: ids, managedFields, default values, the service account token mount. resources_get with kind Pod gives all.'

const METADATA_IDS = ['uid', 'resourceVersion', 'generation', 'generateName']
/** Ids, and the declared mounts once more. */
const KUBELET_NOISE = ['containerID', 'imageID', 'volumeMounts']
const TOKEN_VOLUME = /^kube-api-access-[a-z0-9]{5}$/

// What the API server's defaulting fills in (k8s.io/kubernetes/pkg/apis/core/v1/defaults.go and its admission plugins).
const CONTAINER_DEFAULTS: JsonObject = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
  resources: {},
}
const PROBE_DEFAULTS: JsonObject = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
const SPEC_DEFAULTS: JsonObject = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  securityContext: {},
  priority: 0,
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
}
const DEFAULT_TOLERATIONS: readonly Json[] = ['not-ready', 'unreachable'].map((taint) => ({
  key: `node.kubernetes.io/${taint}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}))
const DEFAULT_MODE = 0o644

const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)

const keep = (object: JsonObject, wanted: (key: string, value: Json) => boolean): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key, value]) => wanted(key, value)))

const without = (object: JsonObject, keys: readonly string[]): JsonObject => keep(object, (key) => !keys.includes(key))

export const unlessDefault = (object: JsonObject, defaults: JsonObject): JsonObject =>
  keep(object, (key, value) => !same(value, defaults[key]))

/** Adds a key unless its value is empty. */
const unlessEmpty = (key: string, value: Json): JsonObject =>
  (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0)
    ? {}
    : { [key]: value }

export const objects = (value: Json | undefined): readonly JsonObject[] => arrayOf(value).filter(isObject)

export const renderMetadata = (metadata: JsonObject, now: number): JsonObject => {
  const { name = '', namespace = '', creationTimestamp, ownerReferences, ...more } = without(metadata, METADATA_IDS)
  const owners = objects(ownerReferences).map((it) => `${it.kind}/${it.name}`)
  return {
    name,
    namespace,
    age: ageOf(textOf(creationTimestamp), now),
    ...unlessEmpty('owner', owners.length === 1 ? (owners[0] ?? '') : owners),
    ...more,
  }
}

const renderProbe = (probe: JsonObject): JsonObject => {
  const kept = unlessDefault(probe, PROBE_DEFAULTS)
  return isObject(kept.httpGet) ? { ...kept, httpGet: unlessDefault(kept.httpGet, { scheme: 'HTTP' }) } : kept
}

const renderContainer = (container: JsonObject): JsonObject => {
  const { ports, volumeMounts, ...rest } = unlessDefault(container, CONTAINER_DEFAULTS)
  const entries = Object.entries(rest).map(([key, value]): [string, Json] =>
    /Probe$/.test(key) && isObject(value) ? [key, renderProbe(value)] : [key, value],
  )
  const mounts = objects(volumeMounts).filter((it) => !TOKEN_VOLUME.test(String(it.name)))
  return {
    ...Object.fromEntries(entries),
    ...unlessEmpty(
      'ports',
      objects(ports).map((it) => unlessDefault(it, { protocol: 'TCP' })),
    ),
    ...unlessEmpty('volumeMounts', mounts),
  }
}

const renderVolume = (volume: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(volume).map(([key, value]) => [
      key,
      isObject(value) ? unlessDefault(value, { defaultMode: DEFAULT_MODE }) : value,
    ]),
  )

const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers']

/** A pod's spec, or a template's. */
export const renderSpec = (spec: JsonObject): JsonObject => {
  const { serviceAccount, volumes, tolerations, ...rest } = unlessDefault(spec, SPEC_DEFAULTS)
  const entries = Object.entries(rest).map(([key, value]): [string, Json] =>
    CONTAINER_LISTS.includes(key) ? [key, objects(value).map(renderContainer)] : [key, value],
  )
  return {
    ...Object.fromEntries(entries),
    ...(serviceAccount === undefined || same(serviceAccount, spec.serviceAccountName) ? {} : { serviceAccount }),
    ...unlessEmpty(
      'tolerations',
      arrayOf(tolerations).filter((it) => !DEFAULT_TOLERATIONS.some((known) => same(it, known))),
    ),
    ...unlessEmpty(
      'volumes',
      objects(volumes)
        .filter((it) => !TOKEN_VOLUME.test(String(it.name)))
        .map(renderVolume),
    ),
  }
}

/** One of `running`, `waiting`, `terminated`, as a sentence; nothing where there is no state. */
export const renderState = (state: JsonObject, now: number): string | undefined => {
  const [which] = Object.keys(state)
  const { reason, message, startedAt, finishedAt, exitCode, signal } = objectOf(which === undefined ? {} : state[which])
  if (which === undefined) return undefined
  const started = textOf(startedAt)
  const finished = textOf(finishedAt)
  const facts = [
    ...(textOf(reason) === undefined ? [] : [String(reason)]),
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    ...(signal === undefined ? [] : [`signal ${signal}`]),
    ...(started !== undefined && finished === undefined ? [`for ${ageOf(started, now)}`] : []),
    ...(finished === undefined ? [] : [`${ageOf(finished, now)} ago`]),
    ...(started === undefined || finished === undefined
      ? []
      : [`after ${humanDuration(Date.parse(finished) - Date.parse(started))}`]),
    ...(textOf(message) === undefined ? [] : [String(message)]),
  ]
  return oneLine(`${which}: ${facts.join(', ')}`)
}

const renderContainerStatus = (status: JsonObject, declared: JsonObject | undefined, now: number): JsonObject => {
  const { name = '', state, lastState, started, ...rest } = without(status, KUBELET_NOISE)
  const current = renderState(objectOf(state), now)
  const last = renderState(objectOf(lastState), now)
  return {
    name,
    ...(current === undefined ? {} : { state: current }),
    ...(last === undefined ? {} : { last }),
    // News only of what runs: its startup probe has not succeeded yet.
    ...(started === false && isObject(objectOf(state).running) ? { started } : {}),
    // The kubelet repeats the declared image and resources; what differs is news.
    ...keep(rest, (key, value) => !same(value, declared?.[key]) && !(key === 'restartCount' && value === 0)),
  }
}

const renderStatus = (status: JsonObject, spec: JsonObject, metadata: JsonObject, now: number): JsonObject => {
  const { phase = 'Unknown', conditions, hostIPs, podIPs, observedGeneration, ...rest } = without(status, ['startTime'])
  const declared = CONTAINER_LISTS.flatMap((list) => objects(spec[list]))
  const entries = Object.entries(rest).map(([key, value]): [string, Json] =>
    /ontainerStatuses$/.test(key)
      ? [
          key,
          objects(value).map((it) =>
            renderContainerStatus(
              it,
              declared.find(({ name }) => name === it.name),
              now,
            ),
          ),
        ]
      : [key, value],
  )
  return {
    phase,
    ...unlessEmpty('conditions', [...renderConditions(objects(conditions), now)]),
    ...Object.fromEntries(entries),
    ...(same(hostIPs, [{ ip: rest.hostIP ?? null }]) || hostIPs === undefined ? {} : { hostIPs }),
    ...(same(podIPs, [{ ip: rest.podIP ?? null }]) || podIPs === undefined ? {} : { podIPs }),
    ...(observedGeneration === undefined || same(observedGeneration, metadata.generation)
      ? {}
      : { observedGeneration }),
  }
}

/** Status before spec: where an answer has to be cut, the end goes. `now`: milliseconds since the epoch. */
export const summarisePod = (pod: KubeObject, now: number): JsonObject => {
  const { metadata, spec, status, ...rest } = without(tidy(pod), ['apiVersion', 'kind'])
  return {
    metadata: renderMetadata(objectOf(metadata), now),
    status: renderStatus(objectOf(status), objectOf(spec), objectOf(metadata), now),
    spec: renderSpec(objectOf(spec)),
    ...rest,
  }
}
