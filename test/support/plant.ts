/** Plants the canaries in a cluster through its API, as its administrator, and says what the API server would not take. */
import { waitFor } from '../../scripts/control-plane/wait.ts'
import { HIDDEN } from '../../scripts/demo/seed/canaries.ts'
import {
  hiddenObjects,
  keeperStatus,
  NAMESPACE,
  namespaceObject,
  type PlantedObject,
  plainObjects,
} from './canary-objects.ts'
import { endedStatus, webDeployment, workloads } from './canary-workloads.ts'

/** One request as the administrator. */
export type Send = (
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: unknown,
  contentType?: string,
) => Promise<{ readonly status: number; readonly text: string }>

export interface Planted {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace: string | undefined
}

const PLANT_DEADLINE_MS = 30_000

const pluralOf = (kind: string): string => {
  const lower = kind.toLowerCase()
  return /(?:s|ss)$/.test(lower) ? `${lower}es` : lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`
}

/** `/apis/apps/v1/namespaces/canary/deployments` */
export const collectionOf = ({ apiVersion, kind, metadata }: PlantedObject): string => {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
  return `${root}${scope}/${pluralOf(kind)}`
}

const MERGE = 'application/merge-patch+json'

/** The ServiceAccount of a new namespace and a new CRD take a moment. */
const create = (send: Send, object: PlantedObject): Promise<boolean> =>
  waitFor<'taken' | 'refused'>(
    async () => {
      const { status, text } = await send('POST', collectionOf(object), object)
      if (status === 201 || status === 409) return 'taken'
      if (status === 422 || (status === 400 && object.kind !== 'Pod')) return 'refused'
      throw new Error(`${object.kind} ${object.metadata.name}: ${status}: ${text.slice(0, 500)}`)
    },
    { what: `the API server to take ${object.kind} ${object.metadata.name}`, deadlineMs: PLANT_DEADLINE_MS },
  ).then((outcome) => outcome === 'taken')

const patch = (send: Send, path: string, body: object): Promise<true> =>
  waitFor<true>(
    async () => {
      const { status, text } = await send('PATCH', path, body, MERGE)
      if (status === 200) return true
      throw new Error(`${path}: ${status}: ${text.slice(0, 500)}`)
    },
    { what: `the API server to patch ${path}`, deadlineMs: PLANT_DEADLINE_MS },
  )

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string } }[]
}

/** What controllers made of the workloads: copies of their templates. */
const copies = async (send: Send): Promise<readonly Planted[]> => {
  const made = async (apiVersion: string, kind: string, least: number): Promise<readonly Planted[]> =>
    waitFor(
      async () => {
        const path = collectionOf({ apiVersion, kind, metadata: { name: '', namespace: NAMESPACE } })
        const { items } = JSON.parse((await send('GET', path)).text) as Listed
        if (items.length < least) return undefined
        return items.map(({ metadata }) => ({ apiVersion, kind, name: metadata.name, namespace: NAMESPACE }))
      },
      { what: `${least} of ${kind}`, deadlineMs: PLANT_DEADLINE_MS },
    )
  return [
    ...(await made('apps/v1', 'ReplicaSet', 2)),
    ...(await made('apps/v1', 'ControllerRevision', 2)),
    ...(await made('v1', 'Pod', 4)),
  ]
}

export const plantCanaries = async (
  send: Send,
): Promise<{ readonly planted: readonly Planted[]; readonly refused: readonly string[] }> => {
  const planted: Planted[] = []
  const refused: string[] = []
  for (const object of [namespaceObject(), ...plainObjects(), ...workloads(), ...hiddenObjects(HIDDEN)]) {
    const { apiVersion, kind, metadata } = object
    if (await create(send, object))
      planted.push({ apiVersion, kind, name: metadata.name, namespace: metadata.namespace })
    else refused.push(`${kind} ${metadata.name}`)
  }
  const at = `/namespaces/${NAMESPACE}`
  await patch(send, `/apis/canary.example.com/v1${at}/keepers/canary-keeper/status`, keeperStatus())
  await patch(send, `/api/v1${at}/pods/canary-ended/status`, endedStatus())
  const { spec } = webDeployment('Deployment after')
  await patch(send, `/apis/apps/v1${at}/deployments/canary-web`, { spec })
  const known = new Set(planted.map(({ kind, name }) => `${kind}/${name}`))
  const more = (await copies(send)).filter(({ kind, name }) => !known.has(`${kind}/${name}`))
  return { planted: [...planted, ...more], refused }
}
