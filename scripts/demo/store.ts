/**
 * The demo's etcd: shelves of immutable objects with one resource version that only grows. A write replaces an object,
 * so a list that was handed out stays as it was: that is all that consistent paging needs.
 */
import { randomUUID } from 'node:crypto'
import { type JsonObject, type KubeObject, nameOf, namespaceOf } from './json.ts'

/** Where versions begin; a cluster that has lived for a while, so that nothing depends on small numbers. */
const FIRST_VERSION = 184_000

interface Shelf {
  readonly objects: Map<string, KubeObject>
  /** In key order; dropped by a write, made again by the next list. */
  sorted: readonly KubeObject[] | undefined
}

const HEAD = ['kind', 'apiVersion', 'metadata']
const METADATA = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
]

const inOrder = <T extends JsonObject>(object: T, order: readonly string[]): T => {
  const first = order.filter((key) => Object.hasOwn(object, key))
  const rest = Object.keys(object).filter((key) => !order.includes(key))
  return Object.fromEntries([...first, ...rest].map((key) => [key, object[key]])) as T
}

/** Fields in the order in which the real server writes them; readers of raw objects are used to it. */
export const canonical = <T extends KubeObject>(object: T): T =>
  inOrder({ ...object, metadata: inOrder(object.metadata, METADATA) }, HEAD)

const keyOf = (namespace: string, name: string): string => (namespace === '' ? name : `${namespace}/${name}`)

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly shelf: string
  readonly object: KubeObject
  /** What was there before, for those who watch a selection. */
  readonly before: KubeObject | undefined
  readonly version: number
}

/** Changes that a watch may still ask for; older ones are forgotten. */
const CHANGES_KEPT = 4000

/** The API server's time: whole seconds, UTC. */
export const timestamp = (when: Date): string => `${when.toISOString().slice(0, 19)}Z`

export class Store {
  readonly #shelves = new Map<string, Shelf>()
  readonly #changes: Change[] = []
  readonly #listeners = new Set<(change: Change) => void>()
  #version = FIRST_VERSION

  get version(): number {
    return this.#version
  }

  #shelf(name: string): Shelf {
    const found = this.#shelves.get(name)
    if (found) return found
    const made: Shelf = { objects: new Map(), sorted: undefined }
    this.#shelves.set(name, made)
    return made
  }

  get(shelf: string, namespace: string, name: string): KubeObject | undefined {
    return this.#shelf(shelf).objects.get(keyOf(namespace, name))
  }

  /** In key order; of one namespace, or of all when it is ''. */
  list(shelf: string, namespace = ''): readonly KubeObject[] {
    const found = this.#shelf(shelf)
    found.sorted ??= [...found.objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
    return namespace === '' ? found.sorted : found.sorted.filter((object) => namespaceOf(object) === namespace)
  }

  /** Stores the object under its next resource version and returns what was stored. */
  put<T extends KubeObject>(shelf: string, object: T): T {
    this.#version += 1
    const stored = canonical({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } })
    const target = this.#shelf(shelf)
    const key = keyOf(namespaceOf(stored), nameOf(stored))
    const before = target.objects.get(key)
    target.objects.set(key, stored)
    target.sorted = undefined
    this.#note({
      type: before === undefined ? 'ADDED' : 'MODIFIED',
      shelf,
      object: stored,
      before,
      version: this.#version,
    })
    return stored
  }

  remove(shelf: string, namespace: string, name: string): KubeObject | undefined {
    const target = this.#shelf(shelf)
    const key = keyOf(namespace, name)
    const gone = target.objects.get(key)
    if (gone === undefined) return undefined
    target.objects.delete(key)
    target.sorted = undefined
    this.#version += 1
    const object = { ...gone, metadata: { ...gone.metadata, resourceVersion: String(this.#version) } }
    this.#note({ type: 'DELETED', shelf, object, before: gone, version: this.#version })
    return gone
  }

  #note(change: Change): void {
    this.#changes.push(change)
    if (this.#changes.length > CHANGES_KEPT) this.#changes.shift()
    for (const listener of this.#listeners) listener(change)
  }

  /** What happened after a version; undefined when that is no longer known. */
  since(version: number): readonly Change[] | undefined {
    const oldest = this.#changes[0]?.version ?? this.#version + 1
    if (version < oldest - 1) return undefined
    return this.#changes.filter((change) => change.version > version)
  }

  /** Tells every change from now on; the result ends that. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  shelves(): readonly string[] {
    return [...this.#shelves.keys()]
  }
}

export const newUid = (): string => randomUUID()
