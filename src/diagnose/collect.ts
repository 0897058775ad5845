/**
 * Answers wants through the caller's own view of the cluster, and keeps what came back as a snapshot. Whatever policy, a
 * rail, RBAC or a failure hides is said as not looked at; nothing is asked twice; calls are counted and bounded.
 */

import { BulkheadError } from '../errors.ts'
import { foldEvents, readEvents } from '../kube/events.ts'
import { arrayOf, objectOf, textOf } from '../kube/json.ts'
import type { Millis } from '../ports.ts'
import type { Scope } from '../report.ts'
import {
  apiVersionOf,
  type ClusterView,
  type Json,
  type KubeObject,
  type ListQuery,
  type ResourceType,
  type TablePage,
} from '../tool.ts'
import { KINDS, type Resource, resourceOf } from './kinds.ts'
import { createKnowledge, nameIn, place } from './knowledge.ts'
import type { Looks } from './looks.ts'
import { type Pod, podsOf } from './pods.ts'
import { keyOf } from './subject.ts'
import { type Want, wantKey } from './want.ts'

/**
 * Requests of one diagnosis in one namespace, the first pages of a whole cluster aside. What is broken shows within
 * these; an agent that needs more has the other tools.
 */
const MAX_CALLS = 30
/** What is only looked for in case comes last, and only within so many. */
const USUAL_CALLS = 20
/** Where lists are long, each is dear. */
const LARGE_CALLS = 12
const LARGE_PODS = 100
/** Ways of being in trouble that are read whole, one pod each. */
const MAX_SUSPECTS = 8
/** 500 pods a page: 10,000 pods, 40 MB of metadata read and dropped. */
const MAX_POD_PAGES = 20
/** 500 a page, in the order of their names: the newest are among them only when all have been read. */
const MAX_EVENT_PAGES = 4
/** 500 a page, as rows. */
const MAX_NODE_PAGES = 2
/** 100 whole objects a page. */
const MAX_OBJECT_PAGES = 5
/** The end of a log, where the failure stands. */
const LOG_LINES = 60

const OTHERS_FIRST = 'the calls of one diagnosis are limited, and other things came first'
const isDeep = (want: Want): boolean => 'deep' in want && want.deep === true

export interface CollectorParts {
  readonly scope: Scope
  /** Of the scope's kind. */
  readonly type?: ResourceType
  readonly view: ClusterView
  readonly looks: Looks
  readonly now: Millis
}

/** That it does not exist is an answer, and no failure to look. */
const unlessMissing = (error: unknown): 'missing' => {
  if (error instanceof BulkheadError && error.code === 'not_found') return 'missing'
  throw error
}

export const createCollector = ({ scope, type: scopeType, view, looks, now }: CollectorParts) => {
  const knowledge = createKnowledge(scope, now)
  const { snapshot, known, holding } = knowledge
  const asked = new Set<string>()
  const cut: { what: string; why: string }[] = []
  let calls = 0
  /** Of the sweep of a whole cluster, which the limits leave aside. */
  let free = 0
  /** Of the last trip: what the limits left out. */
  let left: readonly Want[] = []

  /** Where a list of this resource looks. */
  const wide = (resource: Resource): string | undefined => (resource === 'nodes' ? undefined : scope.namespace)

  /** What the cluster has no kind for is known to be absent, without a call. */
  const dropUnknown = async (wants: readonly Want[]): Promise<readonly Want[]> => {
    const served = new Set((await view.types()).map((it) => `${it.group}/${it.kind}`))
    return wants.filter((want) => {
      if (want.what === 'log' || want.what === 'instances') return true
      const { kind, apiVersion } = KINDS[want.resource]
      const group = apiVersion.includes('/') ? apiVersion.split('/', 1)[0] : ''
      if (served.has(`${group}/${kind}`)) return true
      holding(want.resource).looked = 'all'
      return false
    })
  }

  /** Pages until the last, or `max`. */
  const pages = async <P extends { readonly cursor?: string }>(
    what: string,
    max: number,
    read: (query: Pick<ListQuery, 'cursor'>) => Promise<P>,
  ): Promise<{ readonly found: readonly P[]; readonly whole: boolean }> => {
    const found: P[] = []
    let cursor: string | undefined
    do {
      calls += 1
      const page = await read(cursor === undefined ? {} : { cursor })
      found.push(page)
      cursor = page.cursor
    } while (cursor !== undefined && found.length < max)
    if (cursor !== undefined) cut.push({ what, why: `only the first ${found.length} pages were read` })
    return { found, whole: cursor === undefined }
  }

  const listResource = async (resource: Resource, form: 'list' | 'metadata'): Promise<void> => {
    const held = holding(resource)
    const { kind, apiVersion } = KINDS[resource]
    const namespace = wide(resource)
    const answer = await looks.look({ what: resource, verb: 'list', kind, apiVersion, namespace }, (type, within) =>
      pages(resource, MAX_OBJECT_PAGES, (query) => view[form](type, { ...within, ...query })),
    )
    if (answer === undefined) return
    held.looked = answer.whole ? 'all' : 'some'
    for (const object of answer.found.flatMap((it) => it.items)) held.objects.set(nameIn(object), object)
  }

  const getObject = async (resource: Resource, name: string, namespace: string | undefined): Promise<void> => {
    const held = holding(resource)
    const { kind, apiVersion } = KINDS[resource]
    const look = { what: resource, verb: 'get', kind, apiVersion, namespace, name } as const
    const object = await looks.look(look, (type, within) => {
      calls += 1
      return view.get(type, name, within.namespace).catch(unlessMissing)
    })
    if (object === undefined) return
    if (held.looked === 'no') held.looked = 'some'
    if (object === 'missing') held.missing.add(place(name, namespace))
    else held.objects.set(place(name, namespace), object)
  }

  const readLog = async ({ pod, container, previous }: Extract<Want, { what: 'log' }>): Promise<void> => {
    const { namespace = '', name } = pod
    const look = { what: 'logs', verb: 'get', kind: 'Pod', apiVersion: 'v1', namespace, name } as const
    const answer = await looks.look(look, () => {
      calls += 1
      return view.log({ namespace, name, container, previous, tailLines: LOG_LINES })
    })
    if (answer !== undefined) knowledge.setLog(`${keyOf(pod)} ${container}`, answer.text)
  }

  const readPods = async (): Promise<void> => {
    const onNode =
      scope.kind === 'Node' && scope.name !== undefined ? { fieldSelector: `spec.nodeName=${scope.name}` } : {}
    const answer = await looks.look(
      { what: 'pods', verb: 'list', kind: 'Pod', apiVersion: 'v1', namespace: scope.namespace },
      (type, within) =>
        pages('pods', MAX_POD_PAGES, async (query) => {
          const page: TablePage = await view.table(type, { ...within, ...onNode, ...query, withMetadata: true })
          return { pods: podsOf(page), ...(page.cursor === undefined ? {} : { cursor: page.cursor }) }
        }),
    )
    if (answer === undefined) return
    knowledge.setPods(
      answer.found.flatMap((it) => it.pods),
      answer.whole ? 'all' : 'some',
    )
  }

  /** One of each kind of suspect, and the pod that was asked about. */
  const readSuspects = async (): Promise<void> => {
    const named = scope.kind === 'Pod' ? snapshot.pods.filter((it) => it.subject.name === scope.name) : []
    const chosen = [...new Set([...named, ...knowledge.suspects()])]
    if (chosen.length > MAX_SUSPECTS)
      cut.push({ what: 'pods', why: `${chosen.length - MAX_SUSPECTS} further ways of being in trouble were not read` })
    const found = new Map<string, KubeObject>()
    const read = async ({ subject }: Pod): Promise<void> => {
      const { namespace, name } = subject
      const look = { what: 'single pods', verb: 'get', kind: 'Pod', apiVersion: 'v1', namespace, name } as const
      const object = await looks.look(look, (type, within) => {
        calls += 1
        // It may be gone since the list.
        return view.get(type, name, within.namespace).catch(unlessMissing)
      })
      if (object !== undefined && object !== 'missing') found.set(keyOf(subject), object)
    }
    await Promise.all(chosen.slice(0, MAX_SUSPECTS).map(read))
    knowledge.setWhole(found)
  }

  const readWarnings = async (): Promise<void> => {
    const onNode =
      scope.kind === 'Node' && scope.name !== undefined
        ? `,involvedObject.kind=Node,involvedObject.name=${scope.name}`
        : ''
    const answer = await looks.look(
      { what: 'events', verb: 'list', kind: 'Event', apiVersion: 'v1', namespace: scope.namespace },
      (type, within) =>
        pages('events', MAX_EVENT_PAGES, (query) =>
          view.table(type, { ...within, ...query, fieldSelector: `type!=Normal${onNode}` }),
        ),
    )
    if (answer !== undefined) known.warnings = foldEvents(answer.found.flatMap(readEvents))
  }

  const answer = async (want: Want): Promise<void> => {
    switch (want.what) {
      case 'list':
        return listResource(want.resource, 'list')
      case 'names':
        return listResource(want.resource, 'metadata')
      case 'get':
        return getObject(want.resource, want.name, want.namespace)
      case 'log':
        return readLog(want)
      case 'instances':
        return readInstances(want.definition)
    }
  }

  /** Read by itself: a custom resource, whose kind no list knows. */
  const readScopeObject = async (): Promise<void> => {
    const { kind, name, namespace } = scope
    if (scopeType === undefined || kind === undefined || name === undefined || resourceOf(kind) !== undefined) return
    const apiVersion = apiVersionOf(scopeType)
    known.object = await looks.look(
      { what: 'the object itself', verb: 'get', kind, apiVersion, namespace, name },
      (type, within) => {
        calls += 1
        return view.get(type, name, within.namespace)
      },
    )
  }

  const readVersion = async (): Promise<void> => {
    if (scope.namespace !== undefined || (scope.kind !== undefined && scope.kind !== 'Node')) return
    calls += 1
    known.version = await view.version()
  }

  /** Which nodes are lost, from rows: what stands on one says of itself that all is well. */
  const readNodes = async (): Promise<void> => {
    if (scope.namespace === undefined) return
    const answer = await looks.look({ what: 'nodes', verb: 'list', kind: 'Node', apiVersion: 'v1' }, (type) =>
      pages('nodes', MAX_NODE_PAGES, (query) => view.table(type, query)),
    )
    for (const { columns, rows } of answer?.found ?? []) {
      const at = columns.findIndex((it) => it.name.toLowerCase() === 'status')
      for (const { name = '', cells } of rows) if (!/^Ready\b/.test(String(cells[at]))) knowledge.loseNode(name)
    }
  }

  /** Of a definition: objects of its kind, one page. */
  const readInstances = async (definition: string): Promise<void> => {
    const found = holding('customresourcedefinitions').objects.get(place(definition, undefined))
    const { group, names, versions } = objectOf(found?.spec as Json | undefined)
    const kind = textOf(objectOf(names).kind)
    const version = arrayOf(versions)
      .map(objectOf)
      .find((it) => it.served === true)?.name
    if (kind === undefined) return
    const look = { what: 'instances', verb: 'list', kind, apiVersion: `${String(group)}/${String(version)}` } as const
    const answer = await looks.look(look, (type) => {
      calls += 1
      return view.list(type, {})
    })
    known.instances = answer?.items ?? []
  }

  return {
    snapshot,
    /** The first trip: pods, warnings, the object asked about and these lists, at once. */
    async sweep(resources: readonly Resource[]): Promise<void> {
      const wants = await dropUnknown(resources.map((resource): Want => ({ what: 'list', resource })))
      for (const want of wants) asked.add(wantKey(want))
      await Promise.all([
        readPods(),
        readWarnings(),
        readNodes(),
        readScopeObject(),
        readVersion(),
        ...wants.map(answer),
      ])
      if (scope.namespace === undefined) free = calls
      knowledge.settlePods()
    },
    readSuspects,
    /**
     * One more trip: what is needed, and where there is nothing of that, what is only looked for in case. `isFirst`: the
     * suspects are read beside it. False: nothing is left to ask.
     */
    async ask(wants: readonly Want[], isFirst = false): Promise<boolean> {
      const unasked = [
        ...new Map(wants.filter((it) => !asked.has(wantKey(it))).map((it) => [wantKey(it), it])).values(),
      ]
      const fresh = await dropUnknown(unasked)
      const needed = fresh.filter((it) => !isDeep(it)).slice(0, Math.max(0, MAX_CALLS + free - calls))
      const usual = snapshot.pods.length > LARGE_PODS ? LARGE_CALLS : USUAL_CALLS
      // Where lists are long, what is only looked for in case waits for the last trip that has a need.
      const more = needed.length > 0 || (isFirst && knowledge.suspects().length > 0)
      const waits = snapshot.pods.length > LARGE_PODS && more
      const deep = waits ? [] : fresh.filter(isDeep).slice(0, Math.max(0, usual + free - calls - needed.length))
      const chosen = [...needed, ...deep]
      for (const want of chosen) asked.add(wantKey(want))
      left = fresh.filter((it) => !chosen.includes(it))
      await Promise.all(chosen.map(answer))
      knowledge.settlePods()
      return chosen.length > 0
    },
    calls: () => calls,
    notExamined: () => {
      const unasked = left.map((it) => ({
        what: 'resource' in it ? it.resource : it.what === 'log' ? 'logs' : it.what,
        why: OTHERS_FIRST,
      }))
      const all = [...looks.missed(), ...cut, ...unasked]
      return [...new Map(all.map((it) => [JSON.stringify(it), it])).values()]
    },
    examined: knowledge.examined,
  }
}
