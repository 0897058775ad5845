/**
 * The Secrets that Helm keeps a release in: one revision read whole, and what is written of a rollback, as Helm writes it
 * (helm.sh/helm/pkg/action/rollback.go, pkg/storage/driver/secrets.go). Raw: nothing of it leaves but in sealed operations.
 */
import type { Operation, Target } from '../../change.ts'
import { BulkheadError } from '../../errors.ts'
import { storedName } from '../../kube/helm.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import { packRelease, unpackRelease } from '../../kube/release-blob.ts'
import type { KubeWriter } from '../../kube/writer.ts'
import type { Json, ResourceType } from '../../tool.ts'

export const RELEASE_TYPE = 'helm.sh/release.v1'
/** Helm's own; whatever else stands there was given to the release and goes on to its next revision. */
const SYSTEM_LABELS: ReadonlySet<string> = new Set(['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt'])

export interface Store {
  readonly type: ResourceType
  readonly namespace: string
  readonly release: string
}

/** One revision, with everything that Helm keeps of it. */
export interface Revision {
  readonly number: number
  readonly stored: JsonObject
  readonly manifest: string
  readonly labels: JsonObject
}

const targetOf = ({ type, namespace, release }: Store, revision: number): Target => ({
  type,
  namespace,
  name: storedName(release, revision),
})

const fetchSecret = async (writer: KubeWriter, target: Target, revision: number, signal: AbortSignal) => {
  try {
    return await writer.get(target, undefined, signal)
  } catch (error) {
    if (error instanceof BulkheadError && error.code === 'cluster_forbidden')
      throw new BulkheadError(
        'cluster_forbidden',
        "The cluster forbids the change credential to read and write Helm's Secrets in this namespace. An operator can grant it there: deploy/rbac/change-releases.yaml.",
      )
    if (error instanceof BulkheadError && error.code === 'not_found')
      throw new BulkheadError('not_found', `Revision ${revision} is gone. See helm_get with part history.`)
    throw error
  }
}

/** Throws `not_plannable` where the Secret holds another release or revision than its name says. */
export const readRevision = async (
  writer: KubeWriter,
  store: Store,
  number: number,
  signal: AbortSignal,
): Promise<Revision> => {
  const secret = await fetchSecret(writer, targetOf(store, number), number, signal)
  const release = textOf(objectOf(secret.data as Json | undefined).release)
  const stored = release === undefined || secret.type !== RELEASE_TYPE ? {} : await unpackRelease(release, true)
  const isThis = stored.name === store.release && stored.namespace === store.namespace && stored.version === number
  if (!isThis || !isObject(stored.info))
    throw new BulkheadError(
      'not_plannable',
      `What is stored as revision ${number} is not that revision of this release.`,
    )
  return {
    number,
    stored,
    manifest: textOf(stored.manifest) ?? '',
    labels: objectOf(secret.metadata?.labels as Json | undefined),
  }
}

/** Seconds since the Unix epoch, as Helm labels its Secrets. */
const modifiedAt = (now: number): string => String(Math.floor(now / 1000))

/** A revision that was deployed is it no more. */
export const superseded = async (store: Store, { number, stored }: Revision, now: number): Promise<Operation> => ({
  ...targetOf(store, number),
  verb: 'patch',
  patchType: 'merge',
  patch: {
    metadata: { labels: { status: 'superseded', modifiedAt: modifiedAt(now) } },
    // A third smaller in a plan than `data`, which the API server makes of it.
    stringData: { release: await packRelease({ ...stored, info: { ...objectOf(stored.info), status: 'superseded' } }) },
  },
})

/** A revision of its own, deployed: what `to` was, after `newest`. */
export const rolledBack = async (store: Store, newest: Revision, to: Revision, now: number): Promise<Operation> => {
  const version = newest.number + 1
  const target = targetOf(store, version)
  const { first_deployed: first } = objectOf(newest.stored.info)
  const stored: JsonObject = {
    ...to.stored,
    version,
    info: {
      ...objectOf(to.stored.info),
      ...(first === undefined ? {} : { first_deployed: first }),
      last_deployed: new Date(now).toISOString(),
      description: `Rollback to ${to.number}`,
      status: 'deployed',
    },
  }
  const own = Object.entries(to.labels).filter(([key]) => !SYSTEM_LABELS.has(key))
  return {
    ...target,
    verb: 'create',
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: target.name,
        namespace: store.namespace,
        labels: {
          ...Object.fromEntries(own),
          name: store.release,
          owner: 'helm',
          status: 'deployed',
          version: String(version),
          modifiedAt: modifiedAt(now),
        },
      },
      type: RELEASE_TYPE,
      stringData: { release: await packRelease(stored) },
    },
  }
}
