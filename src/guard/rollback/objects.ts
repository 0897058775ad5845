/**
 * The objects of a release's manifest, by kind and place, as Helm addresses them: what names no namespace is in the
 * release's, and every object carries Helm's own marks of whose it is. A manifest is cluster text: it is read by the rules for
 * manifests of callers (kube/manifest), and what is wrong with it is said inside the envelope.
 */
import type { Target } from '../../change.ts'
import { BulkheadError } from '../../errors.ts'
import { type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import { parseManifests } from '../../kube/manifest.ts'
import { checkApiVersion, checkKind, checkName, checkNamespace } from '../../kube/names.ts'
import type { Json, KubeObject, ResourceType } from '../../tool.ts'
import { apiVersionOf } from '../../tool.ts'
import type { Revision, Store } from './stored.ts'

export type Resolve = (kind: string, apiVersion: string) => Promise<ResourceType>

export interface Declared extends Target {
  /** The same for every version of its group. */
  readonly key: string
  readonly object: JsonObject
}

const HOOK = 'helm.sh/hook'
const RELEASE_NAME = 'meta.helm.sh/release-name'
const RELEASE_NAMESPACE = 'meta.helm.sh/release-namespace'
/** A comment or a separator: the manifest of a chart that renders nothing has no other lines. */
const NOTHING = /^\s*(?:#.*|---\s*)?$/

const unfit = (revision: number, why: string): BulkheadError =>
  new BulkheadError(
    'not_plannable',
    `The manifest that Helm keeps of revision ${revision} cannot be planned; why stands below. Roll back with Helm itself.`,
    { untrusted: why },
  )

const annotationsOf = (object: JsonObject): JsonObject => objectOf(objectOf(object.metadata).annotations)

/** What Helm marks its objects with when it makes or changes them. */
const marked = (object: JsonObject, { release, namespace }: Store): JsonObject => {
  const metadata = objectOf(object.metadata)
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...objectOf(metadata.labels), 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { ...objectOf(metadata.annotations), [RELEASE_NAME]: release, [RELEASE_NAMESPACE]: namespace },
    },
  }
}

export const isOfRelease = (live: KubeObject, { release, namespace }: Store): boolean => {
  const { annotations = {} } = live.metadata ?? {}
  return annotations[RELEASE_NAME] === release && annotations[RELEASE_NAMESPACE] === namespace
}

/** Asked of the manifest and of the live object: one of them says so, and it stays. */
export const isKept = (object: JsonObject): boolean => annotationsOf(object)['helm.sh/resource-policy'] === 'keep'

const place = (type: ResourceType, object: JsonObject, store: Store): Target & { readonly object: JsonObject } => {
  const { namespace: own, ...metadata } = objectOf(object.metadata)
  const name = checkName(type, textOf(metadata.name) ?? '')
  if (!type.namespaced) return { type, name, object: { ...object, metadata } }
  const namespace = own === undefined || own === null ? store.namespace : checkNamespace(textOf(own) ?? '')
  return { type, name, namespace, object: { ...object, metadata: { ...metadata, namespace } } }
}

const declare = async (object: JsonObject, store: Store, resolve: Resolve): Promise<Declared> => {
  const [kind, apiVersion] = [checkKind(textOf(object.kind) ?? ''), checkApiVersion(textOf(object.apiVersion) ?? '')]
  const type = await resolve(kind, apiVersion)
  if (type.kind !== kind || apiVersionOf(type) !== apiVersion)
    throw new BulkheadError('unknown_kind', `The cluster serves no ${kind} of ${apiVersion}.`)
  const placed = place(type, marked(object, store), store)
  return { ...placed, key: JSON.stringify([type.group, type.kind, placed.namespace, placed.name]) }
}

const parse = ({ manifest, number }: Revision): readonly JsonObject[] => {
  if (manifest.split('\n').every((line) => NOTHING.test(line))) return []
  try {
    return parseManifests(manifest).filter((object) => annotationsOf(object)[HOOK] === undefined)
  } catch (error) {
    if (error instanceof BulkheadError) throw unfit(number, error.message)
    throw error
  }
}

/** What is wrong is the manifest's: sentences about it may quote it. */
const ABOUT_MANIFEST: ReadonlySet<string> = new Set(['unknown_kind', 'ambiguous_kind', 'invalid_arguments'])

/** A kind that nobody serves any more has no objects left: of those nothing is to be done. */
const unserved = (error: unknown): boolean => error instanceof BulkheadError && error.code === 'unknown_kind'

/**
 * By key, in the manifest's order. `gone`: what cannot exist any more is left out, instead of refusing all. Throws
 * `not_plannable`, and whatever keeps `resolve` from asking the cluster.
 */
export const declaredBy = async (
  revision: Revision,
  store: Store,
  resolve: Resolve,
  gone: 'refused' | 'left out',
): Promise<ReadonlyMap<string, Declared>> => {
  const found = new Map<string, Declared>()
  for (const object of parse(revision)) {
    const what = `${textOf(object.kind)} ${textOf(objectOf(object.metadata).name as Json | undefined)}`
    try {
      const declared = await declare(object, store, resolve)
      if (found.has(declared.key)) throw unfit(revision.number, `${what} stands there twice.`)
      found.set(declared.key, declared)
    } catch (error) {
      if (unserved(error) && gone === 'left out') continue
      throw error instanceof BulkheadError && ABOUT_MANIFEST.has(error.code)
        ? unfit(revision.number, `${what}: ${error.message}`)
        : error
    }
  }
  return found
}
