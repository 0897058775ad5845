/**
 * A real Kubernetes control plane on loopback: etcd, kube-apiserver with RBAC on, kube-controller-manager,
 * kube-scheduler, and kwok for the nodes. Each start is a fresh cluster with its own authority in a directory of its
 * own; nothing of it is left when it is stopped or when this process ends, however that comes about.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Binaries, ensureBinaries, type Progress, printProgress } from './build.ts'
import { type AdminAccess, clusterJson, clusterRequest } from './client.ts'
import { apiServerArgs, controllerManagerArgs, etcdArgs, kwokArgs, type Plan, schedulerArgs } from './components.ts'
import { writeCredentials } from './credentials.ts'
import { ControlPlaneError } from './errors.ts'
import { type ContainerLog, createNodes, writeKwokConfig } from './kubelet.ts'
import { freePorts } from './ports.ts'
import { openProcessGroup, type ProcessGroup, tail } from './process-group.ts'
import { waitFor } from './wait.ts'

/** Ten seconds on an idle machine; a busy one with two cores needs several times that. */
const START_DEADLINE_MS = 120_000

export interface ControlPlaneOptions {
  /** What the containers have written: kwok serves it through `pods/log`. */
  readonly logs?: readonly ContainerLog[]
  readonly onProgress?: Progress
  /**
   * A component ended by itself after the start. Everything else has been stopped by then: what a test sees from here
   * on is a refused connection, not a cluster that half works.
   */
  readonly onCrash?: (error: Error) => void
}

export interface ControlPlane extends AdminAccess {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /** Such as `v1.36.3`. */
  readonly version: string
  /** `https://127.0.0.1:PORT`; takes the administrator's certificate too. For tests that age the cluster's history. */
  readonly etcd: string
  /** Holds certificates, kubeconfigs and one log per component; gone after `stop`. */
  readonly directory: string
  /** The built kubectl, for those who want the very client that users have. */
  readonly kubectl: string
  /** May be called twice. */
  stop(): Promise<void>
}

interface Components {
  start(name: keyof Omit<Binaries, 'version'>, args: readonly string[]): void
  /** Aborted, with the error as its reason, as soon as one component ends. */
  readonly crashed: AbortSignal
}

const componentsOf = (group: ProcessGroup, binaries: Binaries): Components => {
  const crash = new AbortController()
  return {
    crashed: crash.signal,
    start(name, args) {
      const { log, ended } = group.start(name, binaries[name], args)
      const report = (how: string) =>
        crash.abort(new ControlPlaneError('component_ended', `${name} ended with ${how}; its log ends:\n${tail(log)}`))
      ended.then(
        (code) => report(code === null ? 'a signal' : `code ${code}`),
        (error: Error) => report(error.message),
      )
    },
  }
}

const bringUp = async (plan: Plan, access: AdminAccess, version: string, { start, crashed }: Components) => {
  const end = Date.now() + START_DEADLINE_MS
  const until = (what: string, condition: () => Promise<boolean>) =>
    waitFor(condition, { what, deadlineMs: Math.max(end - Date.now(), 1), signal: crashed })

  start('etcd', etcdArgs(plan))
  start('kube-apiserver', apiServerArgs(plan))
  const isReady = async () => (await clusterRequest(access, { path: '/readyz' })).status === 200
  await until('the API server to be ready', isReady)
  start('kube-controller-manager', controllerManagerArgs(plan))
  start('kube-scheduler', schedulerArgs(plan))
  await createNodes(access, version, plan.ports.kubelet)
  start('kwok', kwokArgs(plan))
  await until('every node to be schedulable', async () => {
    const { items } = (await clusterJson(access, { path: '/api/v1/nodes' })) as { items: { spec: { taints?: [] } }[] }
    return items.every(({ spec }) => spec.taints === undefined)
  })
  await until('the controllers to make ServiceAccounts', async () => {
    const path = '/api/v1/namespaces/default/serviceaccounts/default'
    return (await clusterRequest(access, { path })).status === 200
  })
}

/** Starts one and resolves when pods can run on it. Throws `ControlPlaneError`, and then nothing is left of it. */
export const startControlPlane = async (options: ControlPlaneOptions = {}): Promise<ControlPlane> => {
  const { logs = [], onProgress = printProgress, onCrash = (error) => onProgress(error.message) } = options
  const binaries = await ensureBinaries(onProgress)
  const started = Date.now()
  const group = await openProcessGroup(join(tmpdir(), 'bulkhead-cluster-'))
  const components = componentsOf(group, binaries)
  const { crashed } = components
  try {
    const { directory } = group
    const [apiServer = 0, etcdClient = 0, etcdPeer = 0, kubelet = 0] = await freePorts(4)
    const server = `https://127.0.0.1:${apiServer}`
    const credentials = await writeCredentials(directory, server)
    const plan: Plan = {
      directory,
      credentials,
      ports: { apiServer, etcdClient, etcdPeer, kubelet },
      kwokConfig: await writeKwokConfig(directory, logs, Date.now()),
    }
    const { certificateAuthority, adminCertificate, kubeconfigs } = credentials
    const access: AdminAccess = { server, certificateAuthority, adminCertificate }
    await bringUp(plan, access, binaries.version, components)
    onProgress(`${binaries.version} is up at ${server} after ${((Date.now() - started) / 1000).toFixed(1)}s`)

    let stopped = false
    const stop = async () => {
      stopped = true
      await group.stop()
    }
    const afterCrash = async () => {
      if (stopped) return
      await stop().catch(() => {}) // the crash is the news; the keeper tidies up at the latest when this process ends
      onCrash(crashed.reason as Error)
    }
    crashed.throwIfAborted()
    crashed.addEventListener('abort', () => void afterCrash())
    return {
      ...access,
      kubeconfig: kubeconfigs.admin,
      version: binaries.version,
      etcd: `https://127.0.0.1:${etcdClient}`,
      directory,
      kubectl: binaries.kubectl,
      stop,
    }
  } catch (error) {
    const reason: unknown = crashed.aborted ? crashed.reason : error // a refused connection is but the consequence
    await group.stop()
    throw reason
  }
}
