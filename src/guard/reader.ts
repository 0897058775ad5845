/**
 * One cluster as a tool sees it: rails and policy before every access, the ledger before the answer, structure redacted
 * and cursors sealed on the way in. The raw client never leaves this file.
 */
import { type Access, ALL_NAMESPACES, type Caller, resourceName } from '../access.ts'
import { BulkheadError } from '../errors.ts'
import type { KubeClient, KubeListQuery } from '../kube/client.ts'
import { fieldWrites } from '../kube/field-writes.ts'
import { storedName } from '../kube/helm.ts'
import type { ClusterView, Json, KubeObject, ListQuery, ResourceType } from '../tool.ts'
import type { CursorSealer } from './cursor.ts'
import { redactRelease } from './helm.ts'
import { compilePattern, type OutputSession, type Search } from './output/index.ts'
import type { Policy } from './policy.ts'
import { isSecretType } from './rails.ts'
import type { Session } from './session.ts'

export interface ReaderParts {
  readonly cluster: string
  readonly caller: Caller
  readonly client: KubeClient
  readonly policy: Policy
  readonly session: Session
  readonly output: OutputSession
  readonly cursors: CursorSealer
  readonly signal: AbortSignal
  readonly progress: (message: string) => void
  /** Throws `credential_overpowered`: asked once before the first access (THREATS.md L4-3). */
  readonly vet: () => Promise<void>
  readonly now: () => number
}

const refused = (reason: string, rail: boolean) => new BulkheadError(rail ? 'rail_refused' : 'policy_denied', reason)

/**
 * Text of a page that is redacted, UTF-16 code units. Redaction is linear and still costs about a second for a megabyte of
 * the worst text there is; a page that is larger has no room in an answer anyhow. One object alone is always taken: its
 * long strings are cut first.
 */
const MAX_PAGE_TEXT = 2_000_000
/** A field selector that names one object, as a get does. */
const BY_NAME = /(?:^|,)\s*metadata\.name\s*==?\s*([^\s,=!]+)/

/** Longer strings are cut before they are scanned, so more than this of one is not work. */
const MAX_STRING_TEXT = 50_000

const textIn = (value: unknown): number => {
  if (typeof value === 'string') return Math.min(value.length, MAX_STRING_TEXT)
  if (typeof value !== 'object' || value === null) return 0
  let total = 0
  for (const [key, field] of Object.entries(value)) total += key.length + textIn(field)
  return total
}

export const createReader = (parts: ReaderParts): ClusterView => {
  const { cluster, caller, client, policy, session, output, cursors, signal } = parts

  /** What redaction leaves out of every object: kept beside it for as long as it is, and summarised only when asked for. */
  const managedFields = new WeakMap<KubeObject, Json>()
  const redactedOne = (object: KubeObject, type: ResourceType): KubeObject => {
    const clean = output.object(object, type)
    const raw = object.metadata?.managedFields as Json | undefined
    if (raw !== undefined) managedFields.set(clean, raw)
    return clean
  }

  const redacted = (items: readonly KubeObject[], type: ResourceType): readonly KubeObject[] => {
    let text = 0
    return items.map((item, index) => {
      text += textIn(item)
      if (index > 0 && text > MAX_PAGE_TEXT)
        throw new BulkheadError(
          'answer_too_large',
          `The page of ${items.length} objects holds more text than one answer can. Ask for a smaller limit, for fields, or for a table.`,
        )
      return redactedOne(item, type)
    })
  }

  /** The only way to the client for anything that counts as an access. */
  const permit = async (access: Access): Promise<void> => {
    const verdict = policy.decide({ caller, access, now: parts.now() })
    session.note(access, verdict)
    if (verdict.decision === 'deny') throw refused(verdict.reason, verdict.by === 'rail')
    if (verdict.decision !== 'allow') {
      throw refused(
        `Policy rule "${verdict.rule}" wants a person's consent ("${verdict.decision}") for ${access.verb} ${resourceName(access)}, and a read cannot wait for one. Ask the operator for a rule that allows it.`,
        false,
      )
    }
    await parts.vet()
    await session.enter(cluster)
    parts.progress(`${access.verb} ${resourceName(access)}`)
  }

  /** Scope comes from discovery, never from input: policy must judge the access that the API server would be asked for. */
  const checkScope = (type: ResourceType, namespace: string | undefined, needed: boolean): void => {
    if (!type.namespaced && namespace !== undefined)
      throw new BulkheadError('invalid_arguments', `${type.kind} is cluster-scoped: leave out namespace.`)
    if (type.namespaced && namespace === undefined && needed)
      throw new BulkheadError('invalid_arguments', `${type.kind} is namespaced: name its namespace.`)
  }

  const accessTo = (verb: 'get' | 'list', type: ResourceType, namespace?: string, name?: string): Access => ({
    cluster,
    verb,
    group: type.group,
    resource: type.resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  })

  /** Runs one page of a list under policy; the cursor belongs to caller, cluster, form and query. */
  const page = async <P extends { readonly continue?: string; readonly remaining?: number }>(
    form: 'table' | 'objects' | 'metadata',
    type: ResourceType,
    query: ListQuery,
    fetchPage: (query: KubeListQuery) => Promise<P>,
  ): Promise<{ page: P; rest: { cursor?: string; remaining?: number } }> => {
    checkScope(type, query.namespace, false)
    const namespace = type.namespaced ? (query.namespace ?? ALL_NAMESPACES) : undefined
    const named = BY_NAME.exec(query.fieldSelector ?? '')?.[1]
    if (named !== undefined) session.touch(accessTo('list', type, namespace, named))
    await permit(accessTo('list', type, namespace))
    const scope = {
      caller,
      cluster,
      list: [form, type.group, type.version, type.resource, query.namespace, query.labelSelector, query.fieldSelector],
    }
    const { cursor, ...plain } = query
    const token = cursor === undefined ? undefined : await cursors.open(cursor, scope)
    const answer = await fetchPage({ ...plain, ...(token === undefined ? {} : { continue: token }) })
    return {
      page: answer,
      rest: {
        ...(answer.continue === undefined ? {} : { cursor: await cursors.seal(answer.continue, scope) }),
        ...(answer.remaining === undefined ? {} : { remaining: answer.remaining }),
      },
    }
  }

  const metadata: ClusterView['metadata'] = async (type, query) => {
    const { page: answer, rest } = await page('metadata', type, query, (it) => client.metadata(type, it, signal))
    return { items: redacted(answer.items, type), ...rest }
  }

  return {
    name: cluster,
    async version() {
      // No access, but a request all the same: a caller whose budget is used up causes none.
      await session.settle()
      return client.version(signal)
    },
    types: () => client.types(signal),
    resolve: (kind, apiVersion) => client.resolve(kind, apiVersion, signal),
    metadata,
    async schema(type, path) {
      await session.settle()
      return client.schema(type, path, signal)
    },
    async get(type, name, namespace) {
      checkScope(type, namespace, true)
      await permit(accessTo('get', type, namespace, name))
      return redactedOne(await client.get(type, name, namespace, signal), type)
    },
    async list(type, query) {
      // A list of Secrets would carry every value here only to drop it.
      if (isSecretType(type)) return metadata(type, query)
      const { page: answer, rest } = await page('objects', type, query, (it) => client.list(type, it, signal))
      return { items: redacted(answer.items, type), ...rest }
    },
    async table(type, query) {
      const { page: answer, rest } = await page('table', type, query, (it) => client.listTable(type, it, signal))
      return output.table({ columns: answer.columns, rows: answer.rows, ...rest }, type)
    },
    writes: (object) => output.values(fieldWrites(managedFields.get(object))),
    async log(query) {
      const search: Search | undefined =
        query.match === undefined ? undefined : { pattern: compilePattern(query.match), context: query.context ?? 0 }
      await permit({
        cluster,
        verb: 'get',
        group: '',
        resource: 'pods',
        subresource: 'log',
        namespace: query.namespace,
        name: query.name,
      })
      /** Why there is no log stands in the pod, and to read that is another access. */
      const mayLook = (): boolean => {
        const { namespace, name } = query
        const look: Access = { cluster, verb: 'get', group: '', resource: 'pods', namespace, name }
        const verdict = policy.decide({ caller, access: look, now: parts.now() })
        if (verdict.decision === 'allow') session.note(look, verdict)
        return verdict.decision === 'allow'
      }
      return output.log(await client.log(query, signal, mayLook), search)
    },
    async helmRelease(store, { namespace, name, revision }) {
      if (store.group !== '' || (store.resource !== 'secrets' && store.resource !== 'configmaps'))
        throw new BulkheadError('invalid_arguments', 'Helm keeps releases in Secrets or ConfigMaps only.')
      const stored = storedName(name, revision)
      await permit(accessTo('get', store, namespace, stored))
      return redactRelease(await client.release(store, namespace, stored, signal), output)
    },
    async rbac(access) {
      await parts.vet()
      await session.enter(cluster)
      return client.rbac(access, signal)
    },
  }
}
