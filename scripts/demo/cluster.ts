/** The state of one demo cluster: its store, its pages, who may come in, and what is served just now. */

import { customResources, definitionOf } from './custom-resources.ts'
import { type JsonObject, type KubeObject, nameOf } from './json.ts'
import { METRICS_GROUP, metricsOf } from './metrics.ts'
import { Pager } from './paging.ts'
import { BUILT_IN, type Resource, shelfOf } from './resources.ts'
import { Store } from './store.ts'
import type { User } from './users.ts'

/** Tokens that were made on request; far more than a local run asks for. */
const ISSUED_TOKENS = 1000
const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io'

export class Cluster {
  readonly store = new Store()
  readonly pager = new Pager()
  readonly tokens = new Map<string, User>()
  /** https://HOST:PORT once the server listens. */
  server = ''
  readonly #issued: string[] = []
  #known: { readonly from: readonly KubeObject[]; readonly resources: readonly Resource[] } | undefined

  readonly #clock: () => Date

  constructor(clock: () => Date = () => new Date()) {
    this.#clock = clock
  }

  /** Lets a new token in; the oldest of those that were asked for goes when there are too many. */
  admit(token: string, user: User): void {
    this.#issued.push(token)
    if (this.#issued.length > ISSUED_TOKENS) this.tokens.delete(this.#issued.shift() ?? '')
    this.tokens.set(token, user)
  }

  now(): Date {
    return this.#clock()
  }

  /** Everything that is served, custom resources included. */
  resources(): readonly Resource[] {
    const from = this.store.list(DEFINITIONS)
    if (this.#known?.from !== from) this.#known = { from, resources: [...BUILT_IN, ...customResources(from)] }
    return this.#known.resources
  }

  find(group: string, version: string, name: string): Resource | undefined {
    return this.resources().find(
      (resource) => resource.name === name && resource.group === group && resource.version === version,
    )
  }

  /** The version entry of the CustomResourceDefinition behind a custom resource. */
  definition(resource: Resource): JsonObject | undefined {
    return resource.custom ? definitionOf(this.store.list(DEFINITIONS), resource) : undefined
  }

  list(resource: Resource, namespace: string): readonly KubeObject[] {
    if (resource.group === METRICS_GROUP) return metricsOf(this, resource.name, namespace)
    return this.store.list(shelfOf(resource), namespace)
  }

  get(resource: Resource, namespace: string, name: string): KubeObject | undefined {
    if (resource.group === METRICS_GROUP)
      return metricsOf(this, resource.name, namespace).find((item) => nameOf(item) === name)
    return this.store.get(shelfOf(resource), namespace, name)
  }
}
