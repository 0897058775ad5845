/** Short ways to write the shop down: metadata with an age, containers, workloads. */
import { writtenBy } from '../apply/managers.ts'
import type { Cluster } from '../cluster.ts'
import { before, born } from '../controllers/world.ts'
import { withDefaults } from '../defaults.ts'
import type { JsonObject, KubeObject } from '../json.ts'
import { shelfOf } from '../resources.ts'
import { ANYTHING, builtInType } from '../schema/schema.ts'

/** The field manager of everything that was deployed by hand. */
const DEPLOYER = 'kubectl-client-side-apply'

export const MINUTES = 60
export const HOURS = 3600
export const DAYS = 86_400

export interface Described {
  readonly namespace?: string
  readonly labels?: JsonObject
  readonly annotations?: JsonObject
  readonly generation?: number
}

export class Builder {
  readonly cluster: Cluster
  readonly now: Date

  constructor(cluster: Cluster, now: Date) {
    this.cluster = cluster
    this.now = now
  }

  /** Stores an object that was made `age` seconds ago. */
  put(
    apiVersion: string,
    kind: string,
    name: string,
    age: number,
    described: Described,
    body: JsonObject = {},
  ): KubeObject {
    const [version = '', group = ''] = apiVersion.split('/').reverse()
    const resource = this.cluster
      .resources()
      .find((item) => item.kind === kind && item.group === group && item.version === version)
    if (resource === undefined) throw new Error(`The demo serves no ${kind} in ${apiVersion}.`)
    const { namespace, labels, annotations, generation } = described
    const object: KubeObject = {
      apiVersion,
      kind,
      metadata: born(before(this.now, age), {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ...(generation === undefined ? {} : { generation }),
      }),
      ...body,
    }
    const type = builtInType(apiVersion, kind) ?? ANYTHING
    return this.cluster.store.put(
      shelfOf(resource),
      writtenBy(type, withDefaults(object), DEPLOYER, before(this.now, age)),
    )
  }
}

export interface ContainerPlan {
  readonly image: string
  readonly port?: number
  readonly cpu?: string
  readonly memory?: string
  readonly memoryLimit?: string
  readonly more?: JsonObject
}

export const container = (name: string, plan: ContainerPlan): JsonObject => ({
  name,
  image: plan.image,
  ...(plan.port === undefined ? {} : { ports: [{ name: 'http', containerPort: plan.port }] }),
  resources: {
    requests: { cpu: plan.cpu ?? '50m', memory: plan.memory ?? '64Mi' },
    ...(plan.memoryLimit === undefined ? {} : { limits: { memory: plan.memoryLimit } }),
  },
  ...plan.more,
})

export const env = (values: Readonly<Record<string, string>>): JsonObject[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }))

export interface WorkloadPlan {
  readonly replicas?: number
  readonly labels?: JsonObject
  readonly annotations?: JsonObject
  readonly podAnnotations?: JsonObject
  readonly containers: readonly JsonObject[]
  readonly pod?: JsonObject
  readonly more?: JsonObject
}

/** The spec of a Deployment, StatefulSet or DaemonSet whose pods are labelled `app.kubernetes.io/name: NAME`. */
export const workload = (name: string, plan: WorkloadPlan): JsonObject => {
  const labels = { 'app.kubernetes.io/name': name }
  return {
    ...(plan.replicas === undefined ? {} : { replicas: plan.replicas }),
    selector: { matchLabels: labels },
    template: {
      metadata: {
        labels: { ...labels, ...plan.labels },
        ...(plan.podAnnotations === undefined ? {} : { annotations: plan.podAnnotations }),
      },
      spec: { containers: [...plan.containers], ...plan.pod },
    },
    ...plan.more,
  }
}
