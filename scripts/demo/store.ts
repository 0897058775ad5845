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

/** The API server's time: whole seconds, UTC. */
export const timestamp = (when: Date): string => `${when.toISOString().slice(0, 19)}Z`

export class Store {
  readonly #shelves = new Map<string, Shelf>()
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
    target.objects.set(keyOf(namespaceOf(stored), nameOf(stored)), stored)
    target.sorted = undefined
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
    return gone
  }

  shelves(): readonly string[] {
    return [...this.#shelves.keys()]
  }
}

export const newUid = (): string => randomUUID()
