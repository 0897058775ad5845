/**
 * Plants a situation in a namespace of its own and plays the kubelets of its pods, until everything stands as it says.
 * Controllers stay real: what they write by themselves is waited for, never written over, on the real control plane; on
 * the demo, whose controllers know less, it is planted.
 */
import { waitFor } from '../../../scripts/control-plane/wait.ts'
import { type Api, createApi, type Kind, type Send } from './api.ts'
import type { EventDocument, LogDocument, ObjectDocument, Situation } from './format.ts'
import { awaitGrants } from './grants.ts'
import { isUnscheduled, kubeletStatus, type Pod } from './kubelet.ts'
import { fill, nameMatches, timestamp } from './placeholders.ts'
import { isBuiltIn, PLAY, played, withPlay } from './playing.ts'
import { isSaidBy, LISTED, type Stored, unsettled, waitsForNode } from './standing.ts'

export interface Ground {
  readonly platform: 'demo' | 'real'
  readonly send: Send
  /** Where logs can be told while the cluster runs; kwok reads them when it starts. */
  readonly keepLogs?: (namespace: string, logs: readonly LogDocument[]) => void
}

export interface Planted {
  readonly namespace: string
  /** When it stood, in milliseconds since the Unix epoch. */
  readonly now: number
  /** Takes it all away, so that no other test meets it. */
  remove(): Promise<void>
}

export const namespaceOf = ({ name }: Pick<Situation, 'name'>): string => `s-${name}`

/** Controllers of a busy machine; autoscalers look every 15 s. */
const STAND_DEADLINE_MS = 90_000

/** Written by nobody on the real control plane: its kubelets, its load balancers, and operators that do not run here. */
const WRITTEN_HERE = /^(?:Pod|Node|Ingress|VolumeAttachment|Service|CronJob)$/

const POD: Kind = { apiVersion: 'v1', kind: 'Pod' }
const NAMESPACE: Kind = { apiVersion: 'v1', kind: 'Namespace' }
/** What the demo's controllers write the status of. */
const WITH_CONTROLLER = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'PodDisruptionBudget'])

const isPattern = (document: ObjectDocument): boolean => document.metadata.name.includes('*')

const concerns = (document: ObjectDocument, object: Stored): boolean =>
  document.kind === object.kind &&
  nameMatches(document.metadata.name, object.metadata.name) &&
  isSaidBy(document.metadata.labels ?? {}, object.metadata.labels ?? {})

class Planting {
  readonly #ground: Ground
  readonly #api: Api
  readonly #namespace: string
  readonly #now: number
  readonly #events: readonly EventDocument[]
  /** Documents that give a status, of those that were reached. */
  readonly #statuses: ObjectDocument[] = []
  /** By uid. */
  readonly #kept = new Set<string>()
  /** How many pods each document was given to. */
  readonly #used = new Map<ObjectDocument, number>()
  #told = 0
  #addresses = 0
  readonly #outside: { readonly kind: Kind; readonly name: string }[] = []

  constructor(ground: Ground, situation: Situation) {
    this.#ground = ground
    this.#api = createApi(ground.send)
    this.#namespace = namespaceOf(situation)
    this.#now = Date.now()
    this.#events = situation.events
  }

  #fill<T>(value: T, object?: Stored): T {
    const { name = '', uid = '' } = object?.metadata ?? {}
    const node = String(object?.spec?.nodeName ?? '')
    return fill(value, {
      namespace: this.#namespace,
      now: this.#now,
      ...(object === undefined ? {} : { object: { name, uid, node } }),
    })
  }

  async run(situation: Situation): Promise<Planted> {
    const here = <T extends { readonly plant?: { readonly on?: string | undefined } | undefined }>({ plant }: T) =>
      plant?.on === undefined || plant.on === this.#ground.platform
    const documents = situation.objects.filter(here).map((it) => this.#fill(it))
    const own = documents.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === this.#namespace)
    const { plant: _plant, ...namespace } = own ?? {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: this.#namespace },
    }
    await this.#api.create(namespace, '')
    this.#ground.keepLogs?.(this.#namespace, situation.logs)
    const seen = new Set<string>()
    for (const document of documents.filter((it) => it !== own)) {
      const key = `${document.kind}/${document.metadata.name}`
      if (seen.has(key) && document.spec !== undefined) {
        await this.#stand()
        await this.#change(document, documents)
      } else if (!isPattern(document) && (document.status === undefined || Object.hasOwn(document, 'spec'))) {
        // What it must not fit beside has its place by then.
        if (document.kind === 'Pod' && isUnscheduled(document.status)) await this.#stand()
        await this.#create(document, documents)
      }
      seen.add(key)
      if (document.status !== undefined) this.#statuses.push(document)
    }
    await this.#stand()
    // The demo's authorizer reads its store.
    if (this.#ground.platform === 'real') await awaitGrants(this.#ground.send, documents, this.#namespace)
    for (const event of this.#events.filter(here)) await this.#tell(event)
    const doomed = documents.filter(({ plant }) => plant?.delete === true)
    for (const document of doomed) await this.#api.delete(document, this.#namespace, document.metadata.name)
    return {
      namespace: this.#namespace,
      now: this.#now,
      remove: async () => {
        for (const { kind, name } of this.#outside) await this.#api.delete(kind, '', name)
        await this.#api.delete(NAMESPACE, '', this.#namespace)
      },
    }
  }

  async #create(document: ObjectDocument, all: readonly ObjectDocument[]): Promise<void> {
    const { plant, status: _status, ...object } = withPlay(document, all)
    const still = plant?.still === true && this.#ground.platform === 'demo' ? played(object, 'still') : object
    const metadata = still.metadata as object
    const owners = plant?.owner === undefined ? [] : [await this.#owner(plant.owner, all)]
    const namespaced = await this.#api.isNamespaced(document)
    await this.#api.create(
      {
        ...still,
        metadata: {
          ...metadata,
          ...(namespaced ? { namespace: this.#namespace } : {}),
          ...(owners.length === 0 ? {} : { ownerReferences: owners }),
        },
      },
      this.#namespace,
    )
    // Definitions are shared between situations; the rest belongs to this one.
    if (!namespaced && document.kind !== 'CustomResourceDefinition')
      this.#outside.push({ kind: document, name: document.metadata.name })
  }

  async #owner(owner: string, all: readonly ObjectDocument[]): Promise<object> {
    const [kind = '', name = ''] = owner.split('/')
    const document = all.find((it) => it.kind === kind && it.metadata.name === name)
    if (document === undefined) throw new Error(`No document is ${owner}.`)
    const found = await this.#api.get(document, this.#namespace, name)
    const { apiVersion } = document
    return { apiVersion, kind, name, uid: found?.metadata.uid ?? '', controller: true, blockOwnerDeletion: true }
  }

  /** A second document of the same name changes the object that the first one made. */
  async #change(document: ObjectDocument, all: readonly ObjectDocument[]): Promise<void> {
    const { plant: _plant, status: _status, apiVersion: _a, kind: _k, ...body } = withPlay(document, all)
    await this.#api.patch(document, this.#namespace, document.metadata.name, body)
  }

  /** Plays the kubelets and waits for the controllers until everything so far stands. */
  async #stand(): Promise<void> {
    let open: readonly string[] = []
    await waitFor(
      async () => {
        open = await this.#open()
        return open.length === 0
      },
      { what: `${this.#namespace} to stand`, deadlineMs: STAND_DEADLINE_MS },
    ).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : String(error)}; open: ${open.join(', ')}`, {
        cause: error,
      })
    })
  }

  async #open(): Promise<readonly string[]> {
    const listed = async () =>
      (
        await Promise.all(LISTED.map(([apiVersion, kind]) => this.#api.list({ apiVersion, kind }, this.#namespace)))
      ).flat()
    const before = await listed()
    const pods = before.filter(({ kind }) => kind === 'Pod')
    const [written, unplayed] = await this.#playKubelets(pods)
    const said = await this.#sayStatuses()
    if (written || unplayed.length > 0 || said.length > 0)
      return [...unplayed, ...said, ...(written ? ['kubelets'] : [])]
    const unsettledYet = unsettled(before, (object) => this.#statuses.some((it) => concerns(it, object)))
    if (unsettledYet.length > 0) return unsettledYet
    // A controller may have made a pod since the list.
    const now = await this.#api.list(POD, this.#namespace)
    return now.filter(({ metadata }) => !this.#kept.has(metadata.uid)).map(({ metadata }) => `Pod/${metadata.name}`)
  }

  #documentFor(pod: Stored): ObjectDocument | undefined {
    return this.#statuses.find(
      (it) => concerns(it, pod) && (this.#used.get(it) ?? 0) < (it.plant?.count ?? Number.POSITIVE_INFINITY),
    )
  }

  /** Within the namespace they differ; nothing is ever sent there. */
  #nextAddress(): string {
    this.#addresses += 1
    return `10.244.200.${this.#addresses}`
  }

  /** Gives every new pod its status; says whether any was written, and which could not be yet. */
  async #playKubelets(pods: readonly Stored[]): Promise<readonly [boolean, readonly string[]]> {
    const waiting: string[] = []
    let written = false
    for (const pod of pods) {
      if (this.#kept.has(pod.metadata.uid)) continue
      const document = this.#documentFor(pod)
      const unplaced = isUnscheduled(document?.status)
      const as = pod as unknown as Pod
      const real = this.#ground.platform === 'real'
      if (real && unplaced ? !waitsForNode(as) : !unplaced && as.spec.nodeName === undefined) {
        waiting.push(`Pod/${pod.metadata.name}`)
        continue
      }
      this.#kept.add(pod.metadata.uid)
      if (document !== undefined) this.#used.set(document, (this.#used.get(document) ?? 0) + 1)
      if (real && unplaced) continue
      const status = kubeletStatus(as, this.#fill(document?.status, pod), this.#now, this.#nextAddress())
      await this.#api.patch(POD, this.#namespace, pod.metadata.name, { status }, true)
      written = true
    }
    return [written, waiting]
  }
  /** Plants or waits for every status of what is no pod; says which do not stand. */
  async #sayStatuses(): Promise<readonly string[]> {
    const open: string[] = []
    for (const document of this.#statuses.filter(({ kind }) => kind !== 'Pod')) {
      const found = isPattern(document)
        ? (await this.#api.list(document, this.#namespace)).filter((it) => concerns(document, it))
        : [await this.#api.get(document, this.#namespace, document.metadata.name)].filter((it) => it !== undefined)
      if (found.length === 0) open.push(`${document.kind}/${document.metadata.name}`)
      for (const object of found) {
        const { uid, name } = object.metadata
        if (this.#kept.has(uid)) continue
        const here = this.#ground.platform === 'demo' || WRITTEN_HERE.test(document.kind) || !isBuiltIn(document)
        const status = this.#fill(document.status, object)
        if (here) {
          if (this.#ground.platform === 'demo' && WITH_CONTROLLER.has(document.kind))
            await this.#api.patch(document, this.#namespace, name, { metadata: { annotations: { [PLAY]: 'still' } } })
          await this.#api.patch(document, this.#namespace, name, { status }, true)
          this.#kept.add(uid)
        } else if (!isSaidBy(status, object.status))
          open.push(`${document.kind}/${name} ${JSON.stringify(object.status)}`)
      }
    }
    return open
  }

  async #tell({ involvedObject, component, plant, firstTimestamp, ...said }: EventDocument): Promise<void> {
    const { fieldPath, ...about } = this.#fill(involvedObject)
    const namespaced = await this.#api.isNamespaced(about)
    const all = about.name.includes('*')
      ? await this.#api.list(about, this.#namespace)
      : [await this.#api.get(about, this.#namespace, about.name)].filter((it) => it !== undefined)
    const found = all.filter(({ metadata }) => nameMatches(about.name, metadata.name))
    if (found.length === 0) throw new Error(`An event is about ${about.kind} ${about.name}, which is not there.`)
    for (const object of found.slice(0, plant?.count)) {
      const { name, uid } = object.metadata
      const event = this.#fill({ ...said, firstTimestamp: firstTimestamp ?? said.lastTimestamp }, object)
      this.#told += 1
      await this.#api.create(
        {
          ...event,
          metadata: { name: `${name}.${timestamp(this.#now).replace(/\D/g, '')}${this.#told}` },
          involvedObject: {
            ...about,
            name,
            uid,
            ...(namespaced ? { namespace: this.#namespace } : {}),
            ...(fieldPath === undefined ? {} : { fieldPath }),
          },
          source: { component },
          reportingComponent: component,
          reportingInstance: component,
        },
        namespaced ? this.#namespace : 'default',
      )
    }
  }
}

export const plant = (ground: Ground, situation: Situation): Promise<Planted> =>
  new Planting(ground, situation).run(situation)
