/** The API server as the planter speaks to it, as the administrator: objects by kind and name, every refusal an error. */
import { waitFor } from '../../../scripts/control-plane/wait.ts'
import type { Stored } from './standing.ts'

/** One request; any status is an answer. */
export type Send = (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  contentType?: string,
) => Promise<{ readonly status: number; readonly text: string }>

export interface Kind {
  readonly apiVersion: string
  readonly kind: string
}

export interface Api {
  isNamespaced(kind: Kind): Promise<boolean>
  /** A CustomResourceDefinition that is there already is left as it is: situations share them. */
  create(object: Kind & Readonly<Record<string, unknown>>, namespace: string): Promise<void>
  list(kind: Kind, namespace: string): Promise<readonly Stored[]>
  get(kind: Kind, namespace: string, name: string): Promise<Stored | undefined>
  /** A merge patch, of the status or of all else. */
  patch(kind: Kind, namespace: string, name: string, body: object, status?: boolean): Promise<void>
  delete(kind: Kind, namespace: string, name: string): Promise<void>
}

interface Served {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
}

/** A new CRD is served, and a new namespace has its ServiceAccount, within a second or two. */
const SERVED_DEADLINE_MS = 30_000
const MERGE = 'application/merge-patch+json'

export const createApi = (send: Send): Api => {
  const known = new Map<string, Served>()

  const served = async ({ apiVersion, kind }: Kind): Promise<Served> => {
    const key = `${apiVersion}/${kind}`
    const found =
      known.get(key) ??
      (await waitFor(
        async () => {
          const { status, text } = await send(
            'GET',
            apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`,
          )
          if (status !== 200) return undefined
          const { resources } = JSON.parse(text) as { resources: readonly Served[] }
          return resources.find((it) => it.kind === kind && !it.name.includes('/'))
        },
        { what: `the API server to serve ${key}`, deadlineMs: SERVED_DEADLINE_MS },
      ))
    known.set(key, found)
    return found
  }

  const collection = async (kind: Kind, namespace: string): Promise<string> => {
    const { name, namespaced } = await served(kind)
    const root = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`
    return `${root}${namespaced ? `/namespaces/${namespace}` : ''}/${name}`
  }

  const refused = (what: string, { status, text }: { status: number; text: string }) =>
    new Error(`${what}: ${status}: ${text.slice(0, 800)}`)

  return {
    isNamespaced: async (kind) => (await served(kind)).namespaced,
    async create(object, namespace) {
      const path = await collection(object, namespace)
      const answer = await waitFor(
        async () => {
          const got = await send('POST', `${path}?fieldValidation=Strict`, object)
          // The namespace's ServiceAccount or its quota is not there yet.
          const early = got.status === 403 && /serviceaccount|status unknown for quota/.test(got.text)
          if (early) throw refused(path, got)
          return got
        },
        { what: `the API server to take a ${object.kind}`, deadlineMs: SERVED_DEADLINE_MS },
      )
      const shared = answer.status === 409 && object.kind === 'CustomResourceDefinition'
      if (answer.status !== 201 && !shared) throw refused(`create ${object.kind}`, answer)
    },
    async list(kind, namespace) {
      const answer = await send('GET', await collection(kind, namespace))
      if (answer.status !== 200) throw refused(`list ${kind.kind}`, answer)
      // Items of a list do not say what they are.
      const { apiVersion, kind: of } = kind
      return (JSON.parse(answer.text) as { items: readonly Stored[] }).items.map((it) => ({
        ...it,
        apiVersion,
        kind: of,
      }))
    },
    async get(kind, namespace, name) {
      const answer = await send('GET', `${await collection(kind, namespace)}/${name}`)
      if (answer.status === 404) return undefined
      if (answer.status !== 200) throw refused(`get ${kind.kind} ${name}`, answer)
      return JSON.parse(answer.text) as Stored
    },
    async patch(kind, namespace, name, body, status = false) {
      const path = `${await collection(kind, namespace)}/${name}${status ? '/status' : ''}`
      const answer = await send('PATCH', path, body, MERGE)
      if (answer.status !== 200) throw refused(`patch ${kind.kind} ${name}`, answer)
    },
    async delete(kind, namespace, name) {
      const answer = await send('DELETE', `${await collection(kind, namespace)}/${name}`)
      if (answer.status >= 300 && answer.status !== 404) throw refused(`delete ${kind.kind} ${name}`, answer)
    },
  }
}
