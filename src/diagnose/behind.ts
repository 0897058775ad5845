/** What stands behind a Service, and which routes there are: asked by the graph and by several families. */
import { objectOf } from '../kube/json.ts'
import type { KubeObject } from '../tool.ts'
import type { Pod } from './pods.ts'
import { matchesPlain } from './selector.ts'
import type { Snapshot } from './snapshot.ts'
import { specOf } from './words.ts'

/** Those that roll out pods of a template. */
export const WORKLOADS = ['deployments', 'statefulsets', 'daemonsets'] as const

/** Pods that the Service selects, whatever their state. */
export const podsBehind = (service: KubeObject, snapshot: Snapshot): readonly Pod[] =>
  snapshot.podsIn(service.metadata?.namespace).filter((it) => matchesPlain(specOf(service).selector, it.labels))

/** Whose pods it would select, also while there are none. */
export const workloadsBehind = (
  service: KubeObject,
  snapshot: Snapshot,
  resources: readonly ((typeof WORKLOADS)[number] | 'replicasets')[] = WORKLOADS,
): readonly KubeObject[] =>
  resources
    .flatMap((it) => snapshot.list(it))
    .filter(
      (it) =>
        it.metadata?.namespace === service.metadata?.namespace &&
        matchesPlain(specOf(service).selector, objectOf(objectOf(objectOf(specOf(it).template).metadata).labels)),
    )

/** Ingresses and HTTPRoutes. */
export const routesOf = (snapshot: Snapshot): readonly KubeObject[] =>
  (['ingresses', 'httproutes'] as const).flatMap((it) => snapshot.list(it))
