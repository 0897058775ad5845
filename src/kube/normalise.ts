/**
 * An object without what changes by itself: what is left is what a person decided about, and a plan is made for exactly
 * that (THREATS.md L6-2). Two dry runs of the same change give the same rest; a status that moves changes nothing of it; a
 * spec that changes does. Pure.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Json, KubeObject } from '../tool.ts'
import { arrayOf, isObject, type JsonObject, objectOf } from './json.ts'

/** Written by the server at every write, or about the object and not of it. */
const SERVER_METADATA: ReadonlySet<string> = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
])
/** Of what does not exist yet, each dry run makes up another. */
const CREATED_METADATA: ReadonlySet<string> = new Set(['uid'])
/** What the server allocates for a new Service, unless the manifest names it. */
const SERVICE_ALLOCATED = ['clusterIP', 'clusterIPs', 'healthCheckNodePort'] as const
/** The volume of a pod's own token has a random name (k8s.io/kubernetes/plugin/pkg/admission/serviceaccount). */
const TOKEN_VOLUME = /^kube-api-access-[a-z0-9]{5}$/
/** A Job's pods are told from others' by its uid (k8s.io/kubernetes/pkg/apis/batch). */
const JOB_LABELS: ReadonlySet<string> = new Set(['controller-uid', 'batch.kubernetes.io/controller-uid'])

export interface NormaliseOptions {
  /** It does not exist: what is allocated for it counts as nothing. */
  readonly created?: boolean
  /** What was sent: an allocated field that stands in it counts. */
  readonly submitted?: JsonObject
}

const without = (object: JsonObject, keys: ReadonlySet<string>): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.has(key)))

const service = (spec: JsonObject, submitted: JsonObject): JsonObject => {
  const asked = objectOf(submitted.spec)
  const allocated = new Set<string>(SERVICE_ALLOCATED.filter((key) => asked[key] === undefined))
  const askedPorts = arrayOf(asked.ports).map(objectOf)
  const ports = arrayOf(spec.ports).map((port, index) =>
    isObject(port) && askedPorts[index]?.nodePort === undefined ? without(port, new Set(['nodePort'])) : port,
  )
  return { ...without(spec, allocated), ...(spec.ports === undefined ? {} : { ports }) }
}

/** Those that were asked for count: with `manualSelector` they choose whose pods the Job takes for its own. */
const withoutJobLabels = (value: Json | undefined, asked: Json | undefined): JsonObject => {
  const named = objectOf(asked)
  return Object.fromEntries(Object.entries(objectOf(value)).filter(([key]) => !JOB_LABELS.has(key) || key in named))
}

const job = (spec: JsonObject, submitted: JsonObject): JsonObject => {
  const asked = objectOf(submitted.spec)
  const template = objectOf(spec.template)
  const metadata = objectOf(template.metadata)
  const { matchLabels, ...selector } = objectOf(spec.selector)
  const labels = withoutJobLabels(metadata.labels, objectOf(objectOf(asked.template).metadata).labels)
  return {
    ...spec,
    selector: { ...selector, matchLabels: withoutJobLabels(matchLabels, objectOf(asked.selector).matchLabels) },
    template: { ...template, metadata: { ...metadata, labels } },
  }
}

const withFixedName = (value: Json): Json =>
  isObject(value) && typeof value.name === 'string' && TOKEN_VOLUME.test(value.name)
    ? { ...value, name: 'kube-api-access' }
    : value

const MOUNTING = ['initContainers', 'containers', 'ephemeralContainers'] as const

/** Token volumes by one name, where they stand and where they are mounted. */
const withFixedTokenVolume = (spec: JsonObject): JsonObject => {
  const mounting = MOUNTING.filter((list) => spec[list] !== undefined).map((list) => [
    list,
    arrayOf(spec[list]).map((it) =>
      isObject(it) && it.volumeMounts !== undefined
        ? { ...it, volumeMounts: arrayOf(it.volumeMounts).map(withFixedName) }
        : it,
    ),
  ])
  return {
    ...spec,
    ...(spec.volumes === undefined ? {} : { volumes: arrayOf(spec.volumes).map(withFixedName) }),
    ...(Object.fromEntries(mounting) as JsonObject),
  }
}

const withoutAllocated = (kind: Json | undefined, spec: JsonObject, submitted: JsonObject): Json => {
  if (kind === 'Service') return service(spec, submitted)
  if (kind === 'Job') return job(spec, submitted)
  return kind === 'Pod' ? withFixedTokenVolume(spec) : spec
}

export const normalise = (
  object: KubeObject,
  { created = false, submitted = {} }: NormaliseOptions = {},
): JsonObject => {
  const { status: _, metadata, spec, ...rest } = object as JsonObject
  const kept = without(objectOf(metadata), SERVER_METADATA)
  const own = created ? without(kept, CREATED_METADATA) : kept
  const labels: JsonObject =
    created && object.kind === 'Job'
      ? { labels: withoutJobLabels(own.labels, objectOf(submitted.metadata).labels) }
      : {}
  return {
    ...rest,
    metadata: { ...own, ...labels },
    ...(spec === undefined
      ? {}
      : { spec: created && isObject(spec) ? withoutAllocated(object.kind, spec, submitted) : spec }),
  }
}

/** JSON with its keys sorted: the same object, whatever order the server wrote it in. */
const stable = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${stable(value[key] ?? null)}`)
  return `{${members.join(',')}}`
}

/** SHA-256, lower-case hexadecimal. */
export const digestOf = (normalised: JsonObject): string =>
  bytesToHex(sha256(new TextEncoder().encode(stable(normalised))))

/** Set by the Deployment controller a moment after each rollout (k8s.io/kubernetes/pkg/controller/deployment/util). */
const REVISION = 'deployment.kubernetes.io/revision'

/**
 * Of a normalised object, for comparing it with itself later. The controller's own count of rollouts is left out, or every
 * plan made right behind one would be stale at once; a diff shows it, so nobody can change it unseen.
 */
export const digestOfObject = (normalised: JsonObject): string => {
  const { metadata } = normalised
  if (!isObject(metadata) || !isObject(metadata.annotations) || metadata.annotations[REVISION] === undefined)
    return digestOf(normalised)
  const { annotations, ...others } = metadata
  const { [REVISION]: _, ...left } = annotations
  const isEmpty = Object.keys(left).length === 0
  return digestOf({ ...normalised, metadata: isEmpty ? others : { ...others, annotations: left } })
}
